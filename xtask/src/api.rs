//! What the generated Kotlin and Swift offer a shell, compared with bindings/api.txt, so that a change of the API in either
//! language shows in review.

use std::fmt::Write as _;
use std::iter::repeat;
use std::path::Path;

use crate::bindings::{code_of, collect};

const GOLDEN: &str = "bindings/api.txt";
const LANGUAGES: [Language; 2] = [KOTLIN, SWIFT];

/// How the generated text of a language declares what it offers.
struct Language {
    /// The folder of its files.
    folder: &'static str,
    ending: &'static str,
    /// How declarations at the margin begin.
    outer: &'static [&'static str],
    /// Whether a line inside of one declares a part of it.
    is_part: fn(&str) -> bool,
    /// Whether a line declares a door, wherever it stands.
    is_door: fn(&str) -> bool,
}

const KOTLIN: Language = Language {
    folder: "kotlin",
    ending: "kt",
    outer: &["public interface ", "data class ", "enum class ", "sealed class ", "public typealias "],
    is_part: |code: &str| {
        // A case of an enum has no word of its own.
        let is_case =
            code.starts_with(|first: char| first.is_ascii_uppercase()) && code.ends_with([',', ';']);
        is_case || ["class ", "data class ", "object "].iter().any(|word| code.starts_with(word))
    },
    is_door: |code: &str| {
        let throws = code.starts_with("@Throws(") && code.contains(") fun `");
        throws || code.starts_with("fun `") || code.starts_with("constructor(`")
    },
};

const SWIFT: Language = Language {
    folder: "swift",
    ending: "swift",
    outer: &[
        "public protocol ",
        "public struct ",
        "public enum ",
        // An error: its `public` stands on a line of its own.
        "enum ",
        "public typealias ",
        "public static func ",
        "public convenience init(",
        "public func ",
    ],
    is_part: |code: &str| {
        let words = ["func ", "public var ", "public let ", "case "];
        // What has a body is computed.
        words.iter().any(|word| code.starts_with(word)) && !code.ends_with('{')
    },
    is_door: |_: &str| false,
};

/// Compares what the files in a folder offer; with `XUNDIAN_WRITE_VECTORS` it becomes what is compared with.
pub(crate) fn compare(bindings: &Path) -> Result<(), String> {
    let mut api = String::new();
    for language in &LANGUAGES {
        api += &told(language, &bindings.join(language.folder))?;
    }
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        return std::fs::write(GOLDEN, api).map_err(|why| why.to_string());
    }
    difference(&std::fs::read_to_string(GOLDEN).unwrap_or_default(), &api).map_or(Ok(()), Err)
}

/// What the files of a language offer, by file, one declaration a line.
fn told(language: &Language, folder: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    collect(folder, language.ending, &mut files)?;
    files.sort();
    let mut api = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|why| why.to_string())?;
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        let _ = writeln!(api, "== {name}");
        for line in offers(language, &text) {
            let _ = writeln!(api, "{line}");
        }
    }
    Ok(api)
}

/// What a generated text offers, in its order, without its comments.
fn offers(language: &Language, text: &str) -> Vec<String> {
    let mut offered: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        let Some(code) = code_of(line) else { continue };
        if let Some(open) = offered.last_mut().filter(|last| is_open(last)) {
            open.extend([" ", code]);
        } else if language.outer.iter().any(|word| line.starts_with(word)) && !is_machinery(code) {
            is_inside = code.ends_with(['{', '(']);
            offered.push(code.to_owned());
        } else if line == "}" {
            is_inside = false;
        } else if (language.is_door)(code) || (is_inside && (language.is_part)(code)) {
            offered.push(code.to_owned());
        }
    }
    offered.iter().map(|declared| tidy(declared)).collect()
}

/// Whether a declaration goes on in the next line.
fn is_open(declared: &str) -> bool {
    declared.matches('(').count() > declared.matches(')').count()
}

/// What the generator wrote for itself.
fn is_machinery(code: &str) -> bool {
    code.contains("FfiConverter") || code.contains("uniffi")
}

/// On one line, with one way of setting blanks, and without what only ends or opens something.
fn tidy(declared: &str) -> String {
    let line = declared.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.replace("( ", "(").replace(" )", ")").replace(" ,", ",");
    line.trim_end_matches(['{', ',', ';', ':', ' ']).to_owned()
}

/// The first line that is not as it was, and what to do about it; `None` = there is none.
fn difference(golden: &str, api: &str) -> Option<String> {
    let lines = endless(golden).zip(endless(api)).take_while(|(old, new)| old.or(*new).is_some());
    let (n, (old, new)) = lines.enumerate().find(|(_, (old, new))| old != new)?;
    let shown = |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("`{line}`"));
    Some(format!(
        "the façade of the shells changed (line {}: {} is now {}): look at it, then XUNDIAN_WRITE_VECTORS=1 cargo xtask bindings",
        n + 1,
        shown(old),
        shown(new)
    ))
}

fn endless(text: &str) -> impl Iterator<Item = Option<&str>> {
    text.lines().map(Some).chain(repeat(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_KOTLIN: &str = r"
public interface FfiConverter<KotlinType, FfiType> {
}
/**
 * A shop.
 */
public interface ShopInterface {
    /**
     * fun `isNoDoor`()
     */
    fun `stock`(`of`: List<Sku>): kotlin.Int?
    companion object
}
open class Shop: Disposable, AutoCloseable, ShopInterface
{
    @Throws(ShopException::class)override fun `stock`(`of`: List<Sku>): kotlin.Int? {
            return callWithHandle {
}
    }
    companion object {
        @Throws(ShopException::class) fun `open`(`path`: kotlin.String): Shop {
        }
    }
}
data class Row (
    /**
     * What.
     */
    val `sku`: Sku
    , 
    val `units`: kotlin.Int
    
){
    companion object
}
enum class Light {
    /**
     * Go.
     */
    GREEN,
    NET_CAFE;
    companion object
}
sealed class ShopException: kotlin.Exception() {
    class Broken(
        /**
         * Why.
         */
        val `reason`: kotlin.String, 
        val `retryable`: kotlin.Boolean
        ) : ShopException() {
        override val message
            get() = 7
    }
    class Full(
        ) : ShopException() {
    }
    companion object ErrorHandler : UniffiRustCallStatusErrorHandler<ShopException> {
    }
}
sealed class State {
    object Closed : State()
    data class Open(
        val v1: app.xundian.domain.Sku) : State()
    {
        companion object
    }
}
public typealias Sku = kotlin.String
public object FfiConverterTypeSku: FfiConverter<Sku, RustBuffer> {
    class Nothing(
}
";

    const IN_SWIFT: &str = r"
public protocol ShopProtocol: AnyObject, Sendable {
    /**
     * func isNoDoor() throws
     */
    func stock(of: [Sku]) throws  -> Int32?
}
open class Shop: ShopProtocol, @unchecked Sendable {
    public struct NoHandle {
        public init() {}
    }
public static func `open`(path: String)throws  -> Shop  {
    return try  FfiConverterTypeShop_lift(7)
}
}
public struct Row: Equatable, Hashable {
    /**
     * What.
     */
    public var sku: Sku
    public init(
        /**
         * What.
         */sku: Sku) {
        self.sku = sku
    }
}
public struct FfiConverterTypeRow: FfiConverterRustBuffer {
    public var nothing: Int32
}
public enum State: Equatable, Hashable {
    case closed
    case open(Sku
    )
}
public 
enum ShopError: Swift.Error, Foundation.LocalizedError {
    case Broken(
        /**
         * Why.
         */reason: String, 
        /**
         * Whether.
         */retryable: Bool
    )
    case Full
    public var errorDescription: String? {
        String(reflecting: self)
    }
}
public typealias Sku = String
public func uniffiEnsureInitialized() {
}
";

    #[test]
    fn kotlin_offers_doors_fields_cases_and_every_variant_of_an_error() {
        let offered = [
            "public interface ShopInterface",
            "fun `stock`(`of`: List<Sku>): kotlin.Int?",
            "@Throws(ShopException::class) fun `open`(`path`: kotlin.String): Shop",
            "data class Row (val `sku`: Sku, val `units`: kotlin.Int)",
            "enum class Light",
            "GREEN",
            "NET_CAFE",
            "sealed class ShopException: kotlin.Exception()",
            "class Broken(val `reason`: kotlin.String, val `retryable`: kotlin.Boolean) : ShopException()",
            "class Full() : ShopException()",
            "sealed class State",
            "object Closed : State()",
            "data class Open(val v1: app.xundian.domain.Sku) : State()",
            "public typealias Sku = kotlin.String",
        ];
        assert_eq!(offers(&KOTLIN, IN_KOTLIN), offered);
    }

    #[test]
    fn swift_offers_doors_records_and_every_case_of_an_error() {
        let offered = [
            "public protocol ShopProtocol: AnyObject, Sendable",
            "func stock(of: [Sku]) throws -> Int32?",
            "public static func `open`(path: String)throws -> Shop",
            "public struct Row: Equatable, Hashable",
            "public var sku: Sku",
            "public enum State: Equatable, Hashable",
            "case closed",
            "case open(Sku)",
            "enum ShopError: Swift.Error, Foundation.LocalizedError",
            "case Broken(reason: String, retryable: Bool)",
            "case Full",
            "public typealias Sku = String",
        ];
        assert_eq!(offers(&SWIFT, IN_SWIFT), offered);
    }

    #[test]
    fn a_line_that_changed_went_or_came_is_told() {
        let told = |api: &str| difference("case a\ncase b\n", api);
        assert_eq!(told("case a\ncase b\n"), None);
        assert!(told("case a\ncase c\n").is_some_and(|why| why.contains("line 2: `case b` is now `case c`")));
        assert!(told("case a\n").is_some_and(|why| why.contains("line 2: `case b` is now nothing")));
        assert!(told("case a\ncase b\ncase c\n").is_some_and(|why| why.contains("line 3: nothing is now")));
    }
}
