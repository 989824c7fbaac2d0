//! The flags of tree searches that commands share: selection of actions and values of states.

use clap::Args;

use crate::search::{Algorithm, Backup, Opening, Options, Selection};

/// The flags of descents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
pub struct RuleArgs {
    /// Rule by which a descent chooses an action: how its value is weighed against its uncertainty [default: puct]
    #[arg(long, value_enum, value_name = "RULE")]
    pub select: Option<Selection>,
    /// Weight of the uncertainty [default: 1 with puct, 4 with other rules]
    #[arg(long = "c", value_name = "C", value_parser = weight)]
    pub exploration: Option<f32>,
    /// Visits after which the weight of var-p-ucb has grown by ln 2 [default: 10]
    #[arg(long = "b", value_name = "B", value_parser = positive)]
    pub base: Option<f32>,
    /// Value of a state: the mean over its visits, or the value of its best action [default: mean]
    #[arg(long, value_enum, value_name = "BACKUP")]
    pub backup: Option<Backup>,
    /// Temperature of the network's priors: above 1 flatter, below 1 sharper [default: 1]
    #[arg(long, value_name = "T", value_parser = positive)]
    pub temperature: Option<f32>,
    /// Open only so many of the likeliest actions of each state
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top_k: Option<u32>,
    /// Open only as many of the likeliest actions of each state as together have this probability (nucleus)
    #[arg(long, value_name = "P", value_parser = probability)]
    pub nucleus: Option<f32>,
    /// Open only as many of the likeliest actions of each state as so many times the perplexity of its prior: few where the
    /// policy is sure, many where it is not
    #[arg(long, value_name = "FACTOR", value_parser = positive)]
    pub entropy: Option<f32>,
}

impl RuleArgs {
    /// Options with what was given in place of what they have.
    pub fn over(self, options: Options) -> Options {
        let selection = self.select.unwrap_or(options.selection);
        let exploration = self.select.map_or(options.exploration, Selection::exploration);
        Options {
            selection,
            exploration: self.exploration.unwrap_or(exploration),
            base: self.base.unwrap_or(options.base),
            backup: self.backup.unwrap_or(options.backup),
            temperature: self.temperature.unwrap_or(options.temperature),
            opening: Opening {
                top_k: self.top_k.map_or(options.opening.top_k, |most| most as usize),
                nucleus: self.nucleus.unwrap_or(options.opening.nucleus),
                entropy: self.entropy.unwrap_or(options.opening.entropy),
            },
            ..options
        }
    }
}

/// The flags of a search for a proof.
#[derive(Clone, Copy, Debug, PartialEq, Args)]
pub struct SearchArgs {
    /// How searches explore
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value = "mcts")]
    pub alg: Algorithm,
    /// Width of the search, if it is a beam, or number of particles
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub width: u32,
    /// How descents choose.
    #[command(flatten)]
    pub rule: RuleArgs,
}

impl SearchArgs {
    /// Options with what was given in place of what they have.
    pub fn over(self, options: Options) -> Options {
        self.rule.over(Options { algorithm: self.alg, width: self.width as usize, ..options })
    }
}

fn number(text: &str, is_fine: impl Fn(f32) -> bool, what: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|&number: &f32| number.is_finite() && is_fine(number));
    number.ok_or_else(|| format!("{text} is not {what}"))
}

fn weight(text: &str) -> Result<f32, String> {
    number(text, |number| number >= 0.0, "a number of at least 0")
}

fn probability(text: &str) -> Result<f32, String> {
    number(text, |number| number > 0.0 && number <= 1.0, "a number above 0 and at most 1")
}

fn positive(text: &str) -> Result<f32, String> {
    number(text, |number| number > 0.0, "a number above 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_takes_the_place_of_what_there_was_and_a_rule_brings_its_weight() {
        let options = Options { exploration: 0.7, ..Options::DEFAULT };
        assert_eq!(RuleArgs::default().over(options), options);
        let rule = RuleArgs { select: Some(Selection::PUcb), ..RuleArgs::default() };
        assert_eq!(rule.over(options), Options { selection: Selection::PUcb, exploration: 4.0, ..options });
        let rule = RuleArgs { exploration: Some(2.0), backup: Some(Backup::Max), ..rule };
        let given = rule.over(options);
        assert_eq!((given.selection, given.exploration, given.backup), (Selection::PUcb, 2.0, Backup::Max));
    }
}
