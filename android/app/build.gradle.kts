plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.compose)
}

android {
    namespace = "app.xundian.app"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig {
        applicationId = "app.xundian"
        minSdk = 26
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            // What JNA and the generated Kotlin need comes with :bindings; the app itself is found by no name.
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    buildFeatures { compose = true }
    testOptions {
        unitTests {
            isIncludeAndroidResources = true
            // The core of this machine and the server, of `cargo xtask bindings` and `cargo test -p xundian-tests`.
            all {
                it.systemProperty("jna.library.path", rootDir.resolve("../target/bindings").path)
                it.systemProperty("xundian.town", rootDir.resolve("../target/debug/xundian-town").path)
            }
        }
    }
    // Not src/test-maven: what it checks is made by Maven's build, and R8 is this one's own business.
    sourceSets["test"].kotlin.directories.add("../fake/town")
}

// The AAR has libraries for phones only. As a module the jar would be taken for the AAR, of which it is another form: it comes as a file.
val jnaHere = configurations.detachedConfiguration(dependencies.create("net.java.dev.jna:jna:${libs.versions.jna.get()}@jar"))

dependencies {
    implementation(project(":ui"))
    implementation(libs.activity.compose)
    implementation(libs.compose.foundation)
    implementation(libs.core.ktx)
    implementation(libs.coroutines.android)
    implementation(libs.work.runtime)
    testImplementation(files(jnaHere))
    testImplementation(libs.junit4)
    testImplementation(libs.robolectric)
    testImplementation(libs.work.testing)
}
