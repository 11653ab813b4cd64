package app.xundian.app

/** Links the bindings to the core: every function by its name, then what is called back. Without a word of Kotlin's library, which is another one after R8. */
fun main() {
    Class.forName("app.xundian.core.IntegrityCheckingUniffiLib")
    Class.forName("app.xundian.core.UniffiLib")
}
