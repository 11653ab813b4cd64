//! 清单: what screens offer to choose from — the display standard, the reasons, what competitors are known for.

use xundian_domain::visit::display::Check;
use xundian_protocol::tables::{CompetitorItem, Reason, Reasons, Standard};

use super::{Phone, PhoneError};
use crate::office;

impl Phone {
    /// The checks of the open visit's display standard, those that need a cooler only where there is one.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn display_standard(&self) -> Result<Vec<Check>, PhoneError> {
        let shop = self.shop(self.open_visit()?.store)?;
        let Some(no) = shop.channel.display_standard(shop.class) else { return Ok(Vec::new()) };
        let mut checks = office::row::<Standard>(&self.store, no)?.unwrap_or_default().0;
        checks.retain(|check| shop.has_cooler || !check.needs_cooler);
        Ok(checks)
    }

    /// Items of competitors, each with an example of what is worth telling about it.
    ///
    /// # Errors
    /// A failing file.
    pub fn competitor_items(&self) -> Result<Vec<CompetitorItem>, PhoneError> {
        Ok(office::rows(&self.store, "")?)
    }

    /// The reasons of a kind (`no_order`, `skip_step`, `suggestion_override`, …) in the order of the screen; none for a
    /// kind that the company does not have.
    ///
    /// # Errors
    /// A failing file.
    pub fn reasons(&self, kind: &str) -> Result<Vec<Reason>, PhoneError> {
        Ok(office::row::<Reasons>(&self.store, kind)?.unwrap_or_default().0)
    }
}
