import org.jetbrains.kotlin.gradle.dsl.JvmTarget

// The tests of :logic with what they test, on the plain JVM as in Maven. As unit tests of an Android library they would not compile, for
// android.jar has no java.awt, with which the fake draws its pictures; nor would JNA's AAR find a library for this machine.
plugins {
    id("org.jetbrains.kotlin.jvm")
}

java {
    sourceCompatibility = JavaVersion.VERSION_17
    targetCompatibility = JavaVersion.VERSION_17
}

kotlin {
    compilerOptions { jvmTarget = JvmTarget.JVM_17 }
    // target/bindings is written by `cargo xtask bindings`.
    sourceSets.named("main") { kotlin.setSrcDirs(listOf("../logic/src/main/kotlin", "../../target/bindings/kotlin")) }
    sourceSets.named("test") { kotlin.setSrcDirs(listOf("../logic/src/test/kotlin", "../fake/kotlin", "../../target/bindings/fakes/kotlin")) }
}

dependencies {
    implementation(libs.coroutines.core)
    implementation(libs.jna)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.junit.jupiter)
    testRuntimeOnly(libs.junit.launcher)
}

tasks.named<Test>("test") {
    useJUnitPlatform()
    // They read vectors and sources from there.
    workingDir = rootDir.resolve("logic")
    systemProperty("jna.library.path", rootDir.resolve("../target/bindings").path)
}
