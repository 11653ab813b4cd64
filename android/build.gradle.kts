buildscript {
    repositories { google(); mavenCentral() }
    // Kotlin is built into the Android plugin, in an older version; the Compose compiler plugin wants its own.
    dependencies { classpath(libs.kotlin.gradle) }
}

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.compose) apply false
}
