fn main() {
    cc::Build::new().file("strata.c").define("SQLITE_CORE", None).compile("strata");
    println!("cargo:rustc-link-lib=cjson");
    println!("cargo:rustc-link-lib=m");
}
