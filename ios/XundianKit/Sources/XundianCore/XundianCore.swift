// The generated bindings stand in Generated/, a build product that ios/test.sh or `cargo xtask ios` fills. Nothing is
// written by hand in this target, so that what Swift sees is what the core says.
