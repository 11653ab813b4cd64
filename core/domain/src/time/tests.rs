use super::*;

fn ranges(text: &str) -> TimeRanges {
    text.parse().unwrap()
}

#[test]
fn windows_are_cut_to_the_hours_of_the_store() {
    let windows = ranges("05:30-09:30;13:00-16:30");
    assert_eq!(windows.within(&ranges("08:30-11:30;14:00-18:00")).to_string(), "08:30-09:30;14:00-16:30");
    assert_eq!(windows.within(&ranges("09:30-12:00")).to_string(), "");
    assert_eq!(windows.within(&ranges("")), windows);
}

#[test]
fn hours_are_taken_as_a_chinese_keyboard_writes_them() {
    let written = [
        " 08：30～11：30；14:00-18:00 ",
        "08:30—11:30；14：00－18：00",
        "08:30~11:30; 14:00–18:00\n",
        "8：30——11：30；14：00——18：00；",
        "０８：３０－１１：３０；１４：００－１８：００",
        "８:３０ - 11:30;;14:00--18:00;",
    ];
    for text in written {
        assert_eq!(TimeRanges::typed(text), Ok(ranges("08:30-11:30;14:00-18:00")), "{text}");
    }
    assert_eq!(TimeRanges::typed("0：00-9：05"), Ok(ranges("00:00-09:05")));
    assert_eq!(TimeRanges::typed("　 "), Ok(TimeRanges::default()), "nobody was asked");
    for text in ["8:30", "早上", "18：00～08：00", ":30-11:30", "8:3-11:30", "108:30-11:30", "8:30-"] {
        assert!(TimeRanges::typed(text).is_err(), "{text}");
    }
}

#[test]
fn nonsense_is_refused() {
    for text in ["8:30", "08:60", "24:00", "08-30", "０8:30", "+8:30"] {
        assert_eq!(text.parse::<TimeOfDay>(), Err(TimeError::Time), "{text}");
    }
    assert_eq!("18:00-08:00".parse::<TimeRange>(), Err(TimeError::Range));
    assert_eq!("2026-13-01".parse::<BusinessDate>(), Err(TimeError::Date));
    assert_eq!("2026-6-1".parse::<BusinessDate>(), Err(TimeError::Date));
    for never in ["+12026-01-01", "-926-01-01", "+926-01-01"] {
        assert_eq!(never.parse::<BusinessDate>(), Err(TimeError::Date), "{never}");
        assert!(serde_json::from_str::<BusinessDate>(&format!("\"{never}\"")).is_err(), "{never}");
    }
    let date: BusinessDate = serde_json::from_str("\"2026-07-27\"").unwrap();
    assert_eq!(serde_json::to_string(&date).unwrap(), "\"2026-07-27\"");
    assert_eq!(Weekday::try_from(8), Err(TimeError::Weekday));
}

#[test]
fn a_promise_is_kept_up_to_the_last_minute() {
    let window: TimeRange = "09:00-10:00".parse().unwrap();
    assert!(window.contains("10:00".parse().unwrap()));
    assert!(!window.contains("10:01".parse().unwrap()));
}

#[test]
fn ranges_travel_as_text() {
    let json = serde_json::to_string(&ranges("05:30-09:30")).unwrap();
    assert_eq!(json, "\"05:30-09:30\"");
    assert_eq!(serde_json::from_str::<TimeRanges>(&json).unwrap(), ranges("05:30-09:30"));
}
