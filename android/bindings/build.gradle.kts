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

dependencies {
    // The AAR brings libjnidispatch.so for each ABI; the plain jar does not.
    api(libs.jna) { artifact { type = "aar" } }
}
