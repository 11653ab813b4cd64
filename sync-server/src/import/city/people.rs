//! reps.csv: reps, supervisors, account managers.

use super::super::{FileError, Rows, Table};
use super::City;
use crate::master::{Person, PersonRole};

const ROLES: &[(&str, PersonRole)] =
    &[("助理业代", PersonRole::Rep), ("主管", PersonRole::Supervisor), ("业代", PersonRole::AccountManager)];

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["rep_no", "name", "role", "supervisor_no", "status"])?;
    let people = rows.read(|row| {
        row.unique(&["rep_no"])?;
        Some(Person {
            no: row.required("rep_no")?,
            name: row.required("name")?,
            role: row.choice("role", ROLES)?,
            supervisor: row.optional("supervisor_no")?,
            active: row.choice("status", &[("active", true), ("inactive", false)])?,
        })
    });
    city.done(table, rows);
    for person in people {
        city.known.people.insert(person.no);
        city.put_as("person", person.no.to_string(), &person);
    }
    Ok(())
}
