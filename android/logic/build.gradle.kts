plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "app.xundian.logic.library"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig { minSdk = 26 }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    api(project(":bindings"))
    api(libs.coroutines.core)
}
