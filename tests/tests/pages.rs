//! The pages in a real browser (Chromium), and printed sheets read back: PDF by pdftotext, XLSX by calamine.

use std::process::Command;

use calamine::{Reader, Xlsx};
use xundian_domain::InstallId;
use xundian_protocol::slip::read;
use xundian_server::db::DbError;
use xundian_server::orders::{Sheet, sheets_of_day};
use xundian_server::sheets::{SheetDocument, to_csv, to_escpos, to_pdf, to_receipt, to_xlsx};
use xundian_server::text::{Language, Texts};
use xundian_server::web::add_account;
use xundian_tests::town::{MONDAY, Outcome, Town};

/// Monday evening: three stops on the sheet of D01, with a gift and a combo.
fn evening(town: &Town) -> Outcome<Sheet> {
    let mut phone = town.phone("ZY01")?;
    for store in phone.route()?.into_iter().take(3) {
        phone.visit(store, &[("21010019", 5, 24), ("22070012", 8, 75), ("21040016", 2, 4)])?;
    }
    town.at(MONDAY, "18:30")?;
    phone.sync()?;
    town.at(MONDAY, "20:01")?;
    town.app.tick()?;
    let day = "2026-07-28".parse()?;
    let sheets =
        town.app.db().read_now(|tx| sheets_of_day(tx, "D01".parse().map_err(|_| no_number())?, day))?;
    sheets.into_iter().next().ok_or_else(|| "no sheet".into())
}

/// A chat with the slips of two phones that find no server; nobody knows the second one.
fn chat(town: &Town) -> Outcome<String> {
    let mut chat = "今晚的单:\n".to_owned();
    for (n, rep) in ["ZY01", "ZY02"].into_iter().enumerate() {
        let mut phone = town.phone(rep)?;
        for store in phone.route()?.into_iter().skip(3).take(2) {
            phone.visit(store, &[("21010019", 5, 24), ("22070012", 8, 80)])?;
        }
        let slip = phone.phone.order_slips(MONDAY.parse()?)?.remove(0);
        let sealed = read(&slip.text).remove(0)?;
        let (install, _, key) = phone.identity()?;
        let stranger = sealed.open()?.seal(InstallId(uuid::Uuid::from_u128(404)), &key)?;
        assert_eq!(sealed.install(), install);
        chat += &if n == 0 { slip.text } else { stranger.pages()?.join("\n") };
        chat += "\n收到\n";
    }
    Ok(chat)
}

fn no_number() -> DbError {
    DbError::Address("D01".into())
}

fn document(town: &Town, sheet: &Sheet) -> Outcome<SheetDocument> {
    let (catalogue, now) = (town.app.catalogue(), town.app.now());
    Ok(town.app.db().read_now(|tx| SheetDocument::make(tx, &catalogue, sheet, None, now))?)
}

fn judged(outcome: Outcome<()>) {
    assert!(outcome.is_ok(), "{}", outcome.err().map(|why| why.to_string()).unwrap_or_default());
}

#[test]
fn a_distributor_a_driver_and_a_supervisor_use_their_pages() {
    judged((|| {
        let town = Town::new()?;
        let sheet = evening(&town)?;
        let password = |login: &str, role: &str, subject: &str| {
            add_account(town.app.db(), login, role, subject, town.app.now())
        };
        let (d01, sv01) = (password("d01", "distributor", "D01")?, password("sv01", "supervisor", "SV01")?);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/browser");
        let pictures = tempfile::tempdir()?;
        let messages = pictures.path().join("chat.txt");
        std::fs::write(&messages, chat(&town)?)?;
        let done = Command::new("node")
            .current_dir(folder)
            .args(["pages.mjs", &town.address, "d01", &d01, "sv01", &sv01, &sheet.no.to_string()])
            .args([&messages, pictures.path()])
            .output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        let short = "SELECT count(*) FROM delivery_result WHERE outcome = 'short'";
        assert_eq!(town.count(short)?, 1, "reported offline, taken once");
        let taken = "SELECT count(*) FROM delivery_result WHERE version = 1";
        assert_eq!(town.count(taken)?, 3, "whatever stood in the way, every stop arrived");
        Ok(())
    })());
}

/// A page's text: tags away, runs of blanks as one.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ") + "\n"
}

#[test]
fn pages_say_what_they_said() {
    judged((|| {
        let town = Town::new()?;
        evening(&town)?;
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        for (login, role, subject, pages) in [
            ("d01", "distributor", "D01", vec!["/d", "/d/late", "/d/slip", "/d/sheet/D01-20260728"]),
            ("sv01", "supervisor", "SV01", vec!["/s", "/s/todo", "/s/stores?q=QD01000"]),
        ] {
            let password = add_account(town.app.db(), login, role, subject, town.app.now())?;
            let entered = client
                .post(format!("{}/login", town.address))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("login={login}&password={password}"))
                .send()?;
            let cookie = entered.headers().get("set-cookie").ok_or("no cookie")?.to_str()?.to_owned();
            for page in pages {
                let html =
                    client.get(format!("{}{page}", town.address)).header("cookie", &cookie).send()?.text()?;
                let name = page.trim_start_matches('/').replace(['/', '?', '='], "-");
                let file = format!("{}/vectors/page-{name}.txt", env!("CARGO_MANIFEST_DIR"));
                let text = text_of(&html);
                if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
                    std::fs::write(&file, &text)?;
                }
                assert_eq!(std::fs::read_to_string(&file)?, text, "{page} says something else");
            }
        }
        Ok(())
    })());
}

#[test]
fn the_printed_sheet_says_what_was_ordered() {
    judged((|| {
        let town = Town::new()?;
        let sheet = evening(&town)?;
        let document = document(&town, &sheet)?;
        let texts = Texts::of(Language::Chinese);
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("sheet.pdf");
        std::fs::write(&file, to_pdf(&document, town.app.fonts()?, &texts)?)?;
        let read = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output()?;
        let text = String::from_utf8(read.stdout)?;
        for wanted in ["送货单", "D01-20260728", "1箱", "5箱", "4提", "配货合计", "应收款"] {
            assert!(text.contains(wanted), "{wanted} is not on the sheet:\n{text}");
        }
        let squeezed: String = text.split_whitespace().collect();
        assert!(squeezed.contains("D01-20260728第1页共"), "{text}");
        let totals: u32 = sheet.stops().iter().map(xundian_domain::sheet::Stop::cases).sum();
        assert!(text.contains(&format!("{} 个送货点,{totals} 箱", sheet.stops().len())), "{text}");
        Ok(())
    })());
}

#[test]
fn the_workbook_and_the_csv_add_up_to_the_sheet() {
    judged((|| {
        let town = Town::new()?;
        let sheet = evening(&town)?;
        let document = document(&town, &sheet)?;
        let texts = Texts::of(Language::Chinese);
        let mut book = Xlsx::new(std::io::Cursor::new(to_xlsx(&document, &texts)?))?;
        let picking = book.worksheet_range("配货合计")?;
        let units: f64 =
            picking.rows().skip(1).filter_map(|row| row[4].to_string().parse::<f64>().ok()).sum();
        let expected: u32 = document.picking.iter().map(|row| row.units.0).sum();
        assert!((units - f64::from(expected)).abs() < 0.5, "{units} against {expected}");
        let csv = String::from_utf8(to_csv(&document, &texts))?;
        let lines: usize = document.stops.iter().map(|stop| stop.lines.len()).sum();
        assert_eq!(csv.lines().count(), 1 + lines);
        assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with("D01-20260728,2026-07-28,")));
        Ok(())
    })());
}

#[test]
fn a_name_that_no_cell_holds_takes_no_workbook_with_it() {
    judged((|| {
        let town = Town::new()?;
        let sheet = evening(&town)?;
        let mut document = document(&town, &sheet)?;
        document.stops[0].store = "店".repeat(40_000);
        document.picking[0].name = "面".repeat(40_000);
        document.stops[0].lines[0].name = "面".repeat(40_000);
        let mut book = Xlsx::new(std::io::Cursor::new(to_xlsx(&document, &Texts::of(Language::Chinese))?))?;
        let stops = book.worksheet_range("送货点")?;
        assert!(stops.rows().nth(1).is_some_and(|row| row[2].to_string().chars().count() == 1_000));
        Ok(())
    })());
}

#[test]
fn the_receipt_fits_its_paper_and_speaks_the_printers_encoding() {
    judged((|| {
        let town = Town::new()?;
        let document = document(&town, &evening(&town)?)?;
        let texts = Texts::of(Language::Chinese);
        let width = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let receipt = to_receipt(&document, &texts);
        assert!(receipt.lines().all(|line| width(line) <= 32), "{receipt}");
        let bytes = to_escpos(&document, &texts);
        assert!(bytes.starts_with(b"\x1b@\x1c&") && bytes.ends_with(b"\x1dVB\x00"));
        Ok(())
    })());
}
