//! The reason codes of the door, each under the kind of error that carries it: an error is made with one of these. The string
//! tables of the shells are held to them (tests/vectors/error_codes.csv).

/// Declares the codes of each kind, and all of them together.
macro_rules! codes {
    ($($(#[$doc:meta])* $kind:ident = $kind_code:literal { $($name:ident = $code:literal),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $kind {
                $($name),+
            }

            impl $kind {
                pub(crate) fn code(self) -> &'static str {
                    match self {
                        $(Self::$name => $code),+
                    }
                }
            }
        )+

        /// Kind and code of every error that has one.
        pub const CODES: &[(&str, &str)] = &[$($(($kind_code, $code)),+),+];
    };
}

codes! {
    /// The field stands beside it.
    InvalidInput = "invalid_input" {
        BadAddress = "bad_address",
        Empty = "empty",
        Invalid = "invalid",
        Journal = "journal",
        NoPrice = "no_price",
        NothingLeft = "nothing_left",
        OtherCompany = "other_company",
        OtherRep = "other_rep",
        PhotoTooLarge = "photo_too_large",
        RecordTooLong = "record_too_long",
        TooLong = "too_long",
        Unreadable = "unreadable",
        WrongCode = "wrong_code",
    }

    NotFound = "not_found" {
        NoOrders = "no_orders",
        NotPulled = "not_pulled",
        UnknownOrder = "unknown_order",
        UnknownStore = "unknown_store",
    }

    Conflict = "conflict" {
        Busy = "busy",
        NoVisit = "no_visit",
        OrderOver = "order_over",
        OthersWait = "others_wait",
        Paused = "paused",
        PhotosFull = "photos_full",
        VisitOpen = "visit_open",
    }

    IncompatibleVersion = "incompatible_version" {
        NewerDatabase = "newer_database",
        NewerJournal = "newer_journal",
        Upgrade = "upgrade",
    }

    Network = "network" {
        Clock = "clock",
        NoAnswer = "no_answer",
        Puzzled = "puzzled",
        Refused = "refused",
        ServerBusy = "server_busy",
    }

    Unauthorized = "unauthorized" {
        KeyLost = "key_lost",
        NotEnrolled = "not_enrolled",
        OtherCompany = "other_company",
        Revoked = "revoked",
        WrongCode = "wrong_code",
    }
}
