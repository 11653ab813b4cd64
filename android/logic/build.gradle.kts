import com.android.build.api.variant.HostTestBuilder

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

// Its tests are those of :logic-tests, which says why.
androidComponents {
    beforeVariants { it.hostTests[HostTestBuilder.UNIT_TEST_TYPE]?.enable = false }
}

dependencies {
    api(project(":bindings"))
    api(libs.coroutines.core)
}
