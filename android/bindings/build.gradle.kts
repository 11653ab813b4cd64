import org.jetbrains.kotlin.gradle.dsl.KotlinVersion

plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "app.xundian.bindings"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    // Written by `cargo xtask android`: the generated Kotlin and libxundian_ffi.so for each ABI.
    sourceSets["main"].kotlin.directories.add("../../target/bindings/kotlin")
    sourceSets["main"].jniLibs.directories.add("../../target/bindings/jniLibs")
}

// The AAR goes into other people's apps: a new project of Android's plugin 9 has Kotlin 2.2, which reads no metadata of 2.4. bindings-jvm has the same.
kotlin {
    compilerOptions {
        languageVersion = KotlinVersion.KOTLIN_2_2
        apiVersion = KotlinVersion.KOTLIN_2_2
    }
}

dependencies {
    // The AAR brings libjnidispatch.so for each ABI; the plain jar does not.
    api(libs.jna) { artifact { type = "aar" } }
}
