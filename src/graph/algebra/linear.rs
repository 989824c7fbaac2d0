//! Systems of linear equations.

use super::budget::Budget;
use super::error::EvalError;
use super::name::Name;
use super::number::Number;
use super::polynomial::Polynomial;

/// The values of variables, in alphabetical order.
pub type Solution = Vec<(Name, Number)>;

/// Solves a system of polynomials of first degree that are to be zero, by Gauss-Jordan elimination. Variables that the
/// system leaves open are left out.
///
/// # Errors
/// When a polynomial is not linear, the equations contradict each other, or the budget is spent.
pub fn solve(system: &[Polynomial], budget: &mut Budget) -> Result<Solution, EvalError> {
    let mut names: Vec<Name> = system.iter().flat_map(Polynomial::variables).collect();
    names.sort_unstable();
    names.dedup();
    let mut rows = Vec::with_capacity(system.len());
    for polynomial in system {
        rows.push(row(polynomial, &names)?);
    }
    let mut rank = 0;
    let mut pivots = Vec::new();
    for column in 0..names.len() {
        let Some(pivot) = (rank..rows.len()).find(|&index| !rows[index][column].is_zero()) else { continue };
        rows.swap(rank, pivot);
        eliminate(&mut rows, rank, column, budget)?;
        pivots.push(column);
        rank += 1;
    }
    if rows[rank..].iter().any(|row| !row[names.len()].is_zero()) {
        return Err(EvalError::NoSolution);
    }
    let is_alone = |row: &[Number]| row[..names.len()].iter().filter(|number| !number.is_zero()).count() == 1;
    let determined = pivots.iter().zip(&rows).filter(|(_, row)| is_alone(row));
    Ok(determined.map(|(&column, row)| (names[column], -&row[names.len()])).collect())
}

/// The coefficients of a linear polynomial, its constant last.
fn row(polynomial: &Polynomial, names: &[Name]) -> Result<Vec<Number>, EvalError> {
    let mut row = vec![Number::ZERO; names.len() + 1];
    for (monomial, number) in polynomial.terms() {
        let column = match monomial.factors() {
            [] => names.len(),
            [(name, 1)] => names.binary_search(name).map_err(|_| EvalError::Undetermined(*name))?,
            _ => return Err(EvalError::NotLinear),
        };
        row[column] = number.clone();
    }
    Ok(row)
}

/// Makes the pivot 1 and the entries above and below it 0.
fn eliminate(rows: &mut [Vec<Number>], rank: usize, column: usize, budget: &mut Budget) -> Result<(), EvalError> {
    let inverse = Number::ONE.divide(&rows[rank][column]).ok_or(EvalError::DivisionByZero)?;
    for number in &mut rows[rank] {
        *number = budget.number(&*number * &inverse)?;
    }
    let pivot = rows[rank].clone();
    for (index, row) in rows.iter_mut().enumerate() {
        let factor = row[column].clone();
        if index == rank || factor.is_zero() {
            continue;
        }
        for (number, above) in row.iter_mut().zip(&pivot) {
            *number = budget.number(&*number - &(above * &factor))?;
        }
    }
    Ok(())
}
