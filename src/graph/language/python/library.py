"""Definitions that the Python of operators uses. A program has those that it needs."""


import math


import re


from collections import namedtuple


from fractions import Fraction


class Dec(Fraction):
    """A number that prints as a decimal, if its digits end."""

    def __str__(self):
        twos = fives = 0
        rest = self.denominator
        while rest % 2 == 0:
            rest, twos = rest // 2, twos + 1
        while rest % 5 == 0:
            rest, fives = rest // 5, fives + 1
        places = max(twos, fives)
        if rest != 1 or places == 0:
            return super().__str__()
        digits = str(abs(self.numerator) * 10**places // self.denominator).rjust(places + 1, "0")
        return ("-" if self < 0 else "") + digits[:-places] + "." + digits[-places:]


class Percent(Fraction):
    """A number of hundredths."""

    def __str__(self):
        return super().__str__() + "%"


class Time(int):
    """A time of day: minutes since midnight."""

    def __str__(self):
        hour, minute = divmod(int(self), 60)
        return f"{(hour + 11) % 12 + 1}:{minute:02} {'AM' if hour < 12 else 'PM'}"


class Place(int):
    """The place of a digit: the power of ten."""

    def __str__(self):
        return f"10**{int(self)}"


Choice = namedtuple("Choice", "label value")


Unit = namedtuple("Unit", "name scale")


Quantity = namedtuple("Quantity", "amount unit")


Env = namedtuple("Env", "variables functions")


EMPTY = Env({}, {})


class NotPolynomial(ValueError):
    """Raised for an expression that has no normal form as a polynomial."""


def whole(number):
    """The number as an integer."""
    if number.denominator != 1:
        raise ValueError(f"{number} is not a whole number")
    return int(number)


def has_decimal(value):
    """Whether a number, or one in an expression, was written with a decimal point."""
    if isinstance(value, tuple):
        return any(has_decimal(part) for part in value[1:])
    return isinstance(value, Dec)


def like(number, *sources):
    """The number, as a decimal if a number that it comes from is one."""
    return Dec(number) if any(has_decimal(source) for source in sources) else Fraction(number)


def floor_root(value, degree):
    """The greatest integer of which the power is not above the value."""
    low, high = 0, 1 << -(-value.bit_length() // degree)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= value:
            low = middle
        else:
            high = middle - 1
    return low


def exact_root(number, degree):
    """The root of a rational number, which must be rational too."""
    if number < 0:
        raise NotPolynomial(f"{number} is negative")
    root = Fraction(floor_root(number.numerator, degree), floor_root(number.denominator, degree))
    if root**degree != number:
        raise NotPolynomial(f"a root of {number} is not rational")
    return root


def is_prime_number(n):
    """Whether an integer is prime, decided below 3.3e24 by probable prime tests."""
    bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41]
    if n < 2 or any(n % base == 0 for base in bases):
        return n in bases
    twos = ((n - 1) & (1 - n)).bit_length() - 1

    def passes(base):
        power = pow(base, (n - 1) >> twos, n)
        return power == 1 or any(pow(power, 1 << step, n) == n - 1 for step in range(twos))

    return all(passes(base) for base in bases)


def proper_divisor(n):
    """A divisor of a composite number, by Pollard's rho."""
    for start in range(1, n):
        slow = fast = 2
        divisor = 1
        while divisor == 1:
            slow = (slow * slow + start) % n
            fast = (fast * fast + start) % n
            fast = (fast * fast + start) % n
            divisor = math.gcd(slow - fast, n)
        if divisor != n:
            return divisor
    raise ValueError(f"{n} has no proper divisor")


def primes_of(n):
    """The prime factors of a positive integer in ascending order, as often as they divide it."""
    if n < 1:
        raise ValueError("only positive integers have prime factors")
    found, waiting = [], []
    for divisor in range(2, 256):
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
    waiting.append(n)
    while waiting:
        part = waiting.pop()
        if is_prime_number(part):
            found.append(part)
        elif part > 1:
            divisor = proper_divisor(part)
            waiting += [divisor, part // divisor]
    return sorted(found)


def divisors_of(n):
    """The positive divisors of a positive integer in ascending order."""
    found = {1}
    for prime in primes_of(n):
        found |= {divisor * prime for divisor in found}
    return sorted(found)


def in_base(n, base):
    """The digits of an integer in a base."""
    digits, rest = "", abs(n)
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return "-" * (n < 0) + digits


def rounded(value, exponent):
    """The number rounded to a multiple of a power of ten, halves away from zero."""
    unit = Fraction(10) ** exponent
    magnitude = math.floor(abs(value) / unit + Fraction(1, 2)) * unit
    return Dec(-magnitude if value < 0 else magnitude)


def converted(quantity, unit):
    """The amount of a quantity, or of one of a unit, in a unit."""
    amount, source = quantity if isinstance(quantity, Quantity) else (1, quantity)
    return Fraction(amount) * source.scale / unit.scale


def drawn(bag, wanted):
    """The probability of drawing letters of these counts in one order."""
    chance = Fraction(math.prod(math.perm(bag.get(letter, 0), count) for letter, count in wanted.items()))
    return chance / math.perm(sum(bag.values()), sum(wanted.values()))


class Poly(dict):
    """A polynomial: the coefficient of each monomial, which is a sorted tuple of (name, exponent)."""

    def __add__(self, other):
        return collected([*self.items(), *other.items()])

    def __sub__(self, other):
        return self + other.scaled(-1)

    def __mul__(self, other):
        return collected([(product(m, n), a * b) for m, a in self.items() for n, b in other.items()])

    def __pow__(self, exponent):
        result, square = constant(1), self
        while exponent:
            if exponent % 2:
                result = result * square
            exponent //= 2
            if exponent:
                square = square * square
        return result

    def scaled(self, number):
        return collected([(monomial, coefficient * number) for monomial, coefficient in self.items()])

    def __str__(self):
        names = names_in(self)
        # High powers first, those of the first variable above all.
        terms = sorted(self.items(), key=lambda term: [dict(term[0]).get(name, 0) for name in names], reverse=True)
        if len(terms) == 2 and len(terms[0][0]) == 1 and not terms[1][0] and terms[0][1] < 0 < terms[1][1]:
            terms.reverse()
        text = ""
        for monomial, coefficient in terms:
            factors = [name if exponent == 1 else f"{name}**{exponent}" for name, exponent in monomial]
            if abs(coefficient.numerator) != 1 or not factors:
                factors.insert(0, str(abs(coefficient.numerator)))
            below = "" if coefficient.denominator == 1 else f"/{coefficient.denominator}"
            text += sign(coefficient, not text) + "*".join(factors) + below
        return text or "0"


def sign(number, is_first):
    """The sign of a term of a sum."""
    return ("-" if number < 0 else "") if is_first else (" - " if number < 0 else " + ")


def collected(terms):
    """The polynomial of these terms."""
    sums = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    return Poly({monomial: coefficient for monomial, coefficient in sums.items() if coefficient})


def product(m, n):
    """The product of monomials."""
    exponents = dict(m)
    for name, exponent in n:
        exponents[name] = exponents.get(name, 0) + exponent
    return tuple(sorted(exponents.items()))


def constant(number):
    return collected([((), Fraction(number))])


def variable(name):
    return Poly({((name, 1),): Fraction(1)})


def names_in(poly):
    """The names of a polynomial's variables, in alphabetical order."""
    return sorted({name for monomial in poly for name, _ in monomial})


def number_of(poly):
    """The number that a polynomial is; None if it has variables."""
    return None if names_in(poly) else poly.get((), Fraction(0))


def simple(poly):
    """A polynomial, as a number if it is one."""
    number = number_of(poly)
    return poly if number is None else number


def substituted(poly, name, value):
    """A polynomial with another in the place of a variable."""
    result = Poly()
    for monomial, coefficient in poly.items():
        exponents = dict(monomial)
        exponent = exponents.pop(name, 0)
        result = result + Poly({tuple(exponents.items()): coefficient}) * value**exponent
    return result


def read(text):
    """An expression: a number, a name, or a tuple of an operation and its arguments."""
    tokens = re.findall(r"\d+\.\d+|\d+|\w+|\*\*|\S", text) + [""]
    at = 0

    def take(*wanted):
        nonlocal at
        found = tokens[at] in wanted
        at += found
        return found

    def summed():
        value = multiplied()
        while tokens[at] in ("+", "-"):
            value = ("+" if take("+") else take("-") and "-", value, multiplied())
        return value

    def multiplied():
        if take("-"):
            return ("neg", multiplied())
        value = raised()
        while tokens[at] in ("*", "/"):
            value = ("*" if take("*") else take("/") and "/", value, ("neg", raised()) if take("-") else raised())
        return value

    def raised():
        value = single()
        return ("**", value, ("neg", single()) if take("-") else single()) if take("**") else value

    def single():
        nonlocal at
        token = tokens[at]
        at += 1
        if token == "(":
            value = summed()
            take(")")
        elif token[0].isdigit():
            value = Dec(token) if "." in token else Fraction(token)
        elif take("("):
            value = ("sqrt", summed()) if token == "sqrt" else ("apply", token, summed())
            take(")")
        else:
            value = token
        return value

    return summed()


def polynomial(expr, known=EMPTY):
    """The polynomial that an expression is, with all that is known in it."""
    if isinstance(expr, Poly):
        for name in names_in(expr):
            if name in known.variables:
                expr = substituted(expr, name, polynomial(known.variables[name]))
        return expr
    if isinstance(expr, str):
        return polynomial(known.variables[expr]) if expr in known.variables else variable(expr)
    if not isinstance(expr, tuple):
        return constant(expr)
    operation, *parts = expr
    if operation == "apply":
        parameter, body = known.functions[parts[0]]
        return substituted(polynomial(body), parameter, polynomial(parts[1], known))
    x, *others = [polynomial(part, known) for part in parts]
    if operation == "sqrt":
        if number_of(x) is None:
            raise NotPolynomial("a square root")
        return constant(exact_root(number_of(x), 2))
    if operation == "neg":
        return x.scaled(-1)
    [y] = others
    if operation in "+-*":
        return x + y if operation == "+" else x - y if operation == "-" else x * y
    y = number_of(y)
    if y is None or operation == "**" and (y.denominator != 1 or y < 0 and number_of(x) is None):
        raise NotPolynomial(f"{operation} with variables")
    if operation == "/":
        return x.scaled(1 / y)
    return x ** int(y) if y >= 0 else constant(number_of(x) ** int(y))


def evaluated(expr, known=EMPTY):
    """The value of an expression in which nothing is left open."""
    value = number_of(polynomial(expr, known))
    if value is None:
        raise ValueError("a variable has no value")
    return value


def resolved(expr, known):
    """An expression with all that is known in it, in normal form if it is a polynomial."""
    try:
        return simple(polynomial(expr, known))
    except NotPolynomial:
        return replaced(expr, known)


def replaced(expr, known):
    """An expression with what is known in the place of names."""
    if isinstance(expr, Poly):
        return simple(polynomial(expr, known))
    if isinstance(expr, str):
        return known.variables.get(expr, expr)
    if not isinstance(expr, tuple):
        return expr
    operation, *parts = expr
    if operation == "apply":
        parameter, body = known.functions[parts[0]]
        return replaced(body, Env({parameter: replaced(parts[1], known)}, {}))
    return (operation, *[replaced(part, known) for part in parts])


def written(expr):
    """An expression or equation as text."""
    if not isinstance(expr, tuple):
        return str(expr)
    operation, *parts = expr
    if operation in ("sqrt", "apply"):
        return f"sqrt({written(parts[0])})" if operation == "sqrt" else f"{parts[0]}({written(parts[1])})"

    def part(x, is_bare):
        return written(x) if is_bare else f"({written(x)})"

    if operation == "neg":
        return "-" + part(parts[0], level(parts[0]) >= 1)
    x, y = parts
    if operation == "=":
        return f"{written(x)} = {written(y)}"
    if operation in "+-":
        return f"{written(x)} {operation} {part(y, level(y) > 0)}"
    if operation == "**":
        return part(x, level(x) == 3) + "**" + part(y, level(y) == 3)
    is_negated = operation == "/" and isinstance(x, tuple) and x[0] == "neg" and level(x[1]) >= 1
    is_whole = isinstance(x, Fraction) and x.denominator == 1
    return part(x, is_whole or is_negated or level(x) >= 1) + operation + part(y, level(y) > 1)


def level(expr):
    """How tightly an expression binds: 0 for sums, 1 for products, 2 for powers, 3 for what stands alone."""
    if isinstance(expr, tuple):
        return {"+": 0, "-": 0, "neg": 0, "*": 1, "/": 1, "**": 2}.get(expr[0], 3)
    if isinstance(expr, Poly):
        return 3 if len(expr) == 1 and str(expr) == "".join(names_in(expr)) else 0
    if isinstance(expr, str):
        return 3
    return 0 if expr < 0 else 1 if expr.denominator != 1 and not isinstance(expr, Dec) else 3


def difference(equation):
    """The difference of an equation's sides."""
    return polynomial(equation[1]) - polynomial(equation[2])


def solved(system):
    """The values that a linear system determines, by elimination."""
    names = sorted({name for poly in system for name in names_in(poly)})
    if any(sum(exponent for _, exponent in monomial) > 1 for poly in system for monomial in poly):
        raise ValueError("an equation is not linear")
    monomials = [((name, 1),) for name in names]
    rows = [[poly.get(monomial, Fraction(0)) for monomial in [*monomials, ()]] for poly in system]
    pivots = []
    for column in range(len(names)):
        rank = len(pivots)
        index = next((index for index in range(rank, len(rows)) if rows[index][column]), None)
        if index is None:
            continue
        rows[rank], rows[index] = rows[index], rows[rank]
        rows[rank] = [entry / rows[rank][column] for entry in rows[rank]]
        for other in range(len(rows)):
            if other != rank:
                factor = rows[other][column]
                rows[other] = [entry - factor * above for entry, above in zip(rows[other], rows[rank])]
        pivots.append(column)
    if any(row[-1] for row in rows[len(pivots) :]):
        raise ValueError("the equations contradict each other")
    alone = [(column, row) for column, row in zip(pivots, rows) if sum(entry != 0 for entry in row[:-1]) == 1]
    return {names[column]: -row[-1] for column, row in alone}


def only_variable(poly):
    """The variable of a polynomial in one."""
    [name] = names_in(poly)
    return name


def coefficients(poly, name):
    """The coefficients of a polynomial in one variable, that of the constant first."""
    if any(other != name for other in names_in(poly)):
        raise ValueError("there are several variables")
    degree = max((dict(monomial).get(name, 0) for monomial in poly), default=0)
    return [poly.get(((name, power),) if power else (), Fraction(0)) for power in range(degree + 1)]


def primitive(row):
    """Coefficients as integers without common divisor, the last one positive, and the factor left out."""
    while row and not row[-1]:
        row = row[:-1]
    if not row:
        return [], Fraction(0)
    denominator = math.lcm(*[Fraction(entry).denominator for entry in row])
    content = Fraction(math.gcd(*[int(entry * denominator) for entry in row]), denominator)
    content = -content if row[-1] < 0 else content
    return [int(entry / content) for entry in row], content


def divided(a, b):
    """Quotient and remainder of polynomials in one variable."""
    rest, quotient = [Fraction(entry) for entry in a], [Fraction(0)] * max(len(a) - len(b) + 1, 1)
    while len(rest) >= len(b):
        shift, top = len(rest) - len(b), rest[-1] / b[-1]
        quotient[shift] = top
        for offset, entry in enumerate(b):
            rest[shift + offset] -= top * entry
        rest.pop()
    return quotient, rest


def common_divisor(a, b):
    """The greatest common divisor of polynomials in one variable."""
    a, b = primitive(a)[0], primitive(b)[0]
    while b:
        a, b = b, primitive(divided(a, b)[1])[0]
    return a


def slopes(row):
    """The coefficients of the derivative."""
    return [power * entry for power, entry in enumerate(row)][1:]


def horner(row, x):
    """The value of a polynomial in one variable."""
    value = 0
    for entry in reversed(row):
        value = value * x + entry
    return value


def integer_roots(row):
    """The integer roots of a monic polynomial without repeated factors: roots modulo a prime, lifted by Hensel's lemma."""
    bound, slope = 2 * (1 + max(abs(entry) for entry in row)), slopes(row)
    for prime in (n for n in range(101, 10**6) if is_prime_number(n)):
        starts = [x for x in range(prime) if horner(row, x) % prime == 0]
        if any(horner(slope, x) % prime == 0 for x in starts):
            continue
        found = []
        for root in starts:
            modulus = prime
            while modulus <= bound:
                modulus *= modulus
                root = (root - horner(row, root) * pow(horner(slope, root), -1, modulus)) % modulus
            root -= modulus if 2 * root > modulus else 0
            if horner(row, root) == 0:
                found.append(root)
        return found
    raise ValueError("no prime tells the roots apart")


def linear_factors(row):
    """The linear factors of a primitive polynomial without repeated factors, and what remains of it."""
    if len(row) <= 2:
        return [row]
    # a**(n-1)*f(y/a) is monic; its integer roots are a times the rational roots of f.
    lead, degree = row[-1], len(row) - 1
    monic = [entry * lead ** (degree - 1 - power) for power, entry in enumerate(row[:-1])] + [1]
    factors = [primitive([-root, lead])[0] for root in integer_roots(monic)]
    for factor in factors:
        row = primitive(divided(row, factor)[0])[0]
    return factors + ([row] if len(row) > 1 else [])


def factored(row):
    """The content of a polynomial in one variable, and its factors with their multiplicities."""
    row, content = primitive(row)
    repeated = common_divisor(row, slopes(row))
    rest, multiplicity, factors = primitive(divided(row, repeated)[0])[0], 1, []
    while len(rest) > 1:
        following = common_divisor(rest, repeated)
        part = primitive(divided(rest, following)[0])[0]
        if len(part) > 1:
            factors += [(factor, multiplicity) for factor in linear_factors(part)]
        repeated = primitive(divided(repeated, following)[0])[0]
        rest, multiplicity = following, multiplicity + 1
    return content, factors


def zeros_of(poly, name):
    """The rational numbers for which a polynomial in one variable is zero, in ascending order."""
    if not poly:
        raise ValueError("all numbers are roots")
    _, factors = factored(coefficients(poly, name))
    return sorted(Fraction(-factor[0], factor[1]) for factor, _ in factors if len(factor) == 2)


def as_product(poly):
    """A polynomial in one variable as a product of its factors."""
    if number_of(poly) is not None:
        return number_of(poly)
    name = only_variable(poly)
    content, factors = factored(coefficients(poly, name))

    def order(entry):
        terms = [(power, number) for power, number in enumerate(entry[0]) if number][::-1]
        return len(terms), terms, entry[1]

    result = None if abs(content.numerator) == 1 else Fraction(content.numerator)
    for factor, multiplicity in sorted(factors, key=order):
        base = collected([(((name, power),) if power else (), Fraction(entry)) for power, entry in enumerate(factor)])
        base = base if multiplicity == 1 else ("**", base, Fraction(multiplicity))
        result = base if result is None else ("*", result, base)
    if content.numerator == -1:
        result = ("neg", result)
    return result if content.denominator == 1 else ("/", result, Fraction(content.denominator))


def derivative(poly, name):
    terms = [(monomial, dict(monomial).get(name, 0), entry) for monomial, entry in poly.items()]
    lower = lambda monomial: tuple((n, e - (n == name)) for n, e in monomial if (n, e) != (name, 1))
    return collected([(lower(monomial), entry * power) for monomial, power, entry in terms if power])


def derivatives(expr, name=None, order=1):
    """The derivative of some order, by a variable or by the only one."""
    poly = polynomial(expr)
    if name is None and names_in(poly):
        name = only_variable(poly)
    for _ in range(order):
        poly = derivative(poly, name)
    return simple(poly)


def antiderivative(poly, name):
    """The antiderivative that is zero at zero."""
    power = lambda monomial: dict(monomial).get(name, 0) + 1
    return collected([(product(monomial, ((name, 1),)), entry / power(monomial)) for monomial, entry in poly.items()])


def interpolated(values, x):
    """The value at a polynomial of that of lowest degree with these values at 1, 2, 3, ..., by Newton's formula."""
    row, result, binomial = [Fraction(value) for value in values], Poly(), constant(1)
    for index in range(1, len(values) + 1):
        result = result + binomial.scaled(row[0])
        binomial = (binomial * (x - constant(index))).scaled(Fraction(1, index))
        row = [after - before for before, after in zip(row, row[1:])]
    return result


def choices_of(values):
    """Choices; a number is its own label."""
    return [value if isinstance(value, Choice) else Choice(str(value), value) for value in values]


def ordered(values, direction):
    """The labels of choices in order of their values."""
    by_value = sorted(choices_of(values), key=lambda choice: evaluated(choice.value), reverse=direction == "down")
    return [choice.label for choice in by_value]


class Surd(dict):
    """A sum of multiples of square roots: the coefficient of each number under a root, which has no square factors."""

    def __add__(self, other):
        sums = {root: self.get(root, 0) + other.get(root, 0) for root in {**self, **other}}
        return Surd({root: entry for root, entry in sums.items() if entry})

    def __mul__(self, other):
        result = Surd()
        for a, x in self.items():
            for b, y in other.items():
                common = math.gcd(a, b)
                result = result + Surd({a * b // common**2: x * y * common})
        return result

    def rational(self):
        return self.get(1, Fraction(0)) if set(self) <= {1} else None

    def inverse(self):
        if self.rational() is not None:
            return surd(1 / self.rational())
        # Times its conjugate for one prime under the roots after the other.
        prime = primes_of(max(self))[-1]
        conjugate = Surd({root: -entry if root % prime == 0 else entry for root, entry in self.items()})
        return conjugate * (self * conjugate).inverse()

    def root(self):
        value = self.rational()
        if value is None or value < 0:
            raise ValueError("the root of what is no positive number")
        outside = inside = 1
        primes = primes_of(value.numerator * value.denominator) if value else []
        for prime in set(primes):
            outside *= prime ** (primes.count(prime) // 2)
            inside *= prime ** (primes.count(prime) % 2)
        return Surd({inside: Fraction(outside, value.denominator)}) if value else self

    def __str__(self):
        terms = sorted(self.items())
        if not (len(terms) == 2 and terms[0][0] == 1 and terms[1][1] < 0 <= terms[0][1]):
            terms.sort(key=lambda term: float(term[1]) * math.sqrt(term[0]))
        result = ""
        for root, entry in terms:
            above, below = abs(entry.numerator), entry.denominator
            body = str(above) if root == 1 else f"sqrt({root})" if above == 1 else f"{above}*sqrt({root})"
            result += sign(entry, not result) + body + (f"/{below}" if below != 1 else "")
        return result or "0"


def surd(number):
    return Surd({1: Fraction(number)} if number else {})


def as_surd(expr):
    """An expression of square roots as a sum of multiples of roots."""
    if isinstance(expr, Poly):
        return surd(evaluated(expr))
    if not isinstance(expr, tuple):
        return surd(expr)
    operation, *parts = expr
    x, *others = [as_surd(part) for part in parts]
    if operation in ("sqrt", "neg"):
        return x.root() if operation == "sqrt" else x * surd(-1)
    [y] = others
    if operation in "+-":
        return x + (y if operation == "+" else y * surd(-1))
    if operation in "*/":
        return x * (y if operation == "*" else y.inverse())
    exponent = y.rational()
    if exponent == Fraction(1, 2):
        return x.root()
    result, base = surd(1), x if exponent >= 0 else x.inverse()
    for _ in range(abs(whole(exponent))):
        result = result * base
    return result


class Power:
    """A coefficient times rational powers of variables."""

    def __init__(self, coefficient, exponents):
        self.coefficient = Fraction(coefficient)
        self.exponents = {name: Fraction(entry) for name, entry in sorted(exponents.items()) if entry}

    def __mul__(self, other):
        names = {**self.exponents, **other.exponents}
        exponents = {name: self.exponents.get(name, 0) + other.exponents.get(name, 0) for name in names}
        return Power(self.coefficient * other.coefficient, exponents)

    def __pow__(self, exponent):
        coefficient = 1 if self.coefficient == 1 else self.coefficient ** whole(exponent)
        return Power(coefficient, {name: entry * exponent for name, entry in self.exponents.items()})

    def __str__(self):
        half = Fraction(1, 2)

        def factor(name, entry):
            if entry in (1, half):
                return name if entry == 1 else f"sqrt({name})"
            return f"{name}**{entry}" if entry.denominator == 1 and entry > 0 else f"{name}**({entry})"

        # x**(-1) and x**(-1/2) stand in a denominator, other negative powers do not.
        above = [factor(name, entry) for name, entry in self.exponents.items() if entry not in (-1, -half)]
        below = [factor(name, -entry) for name, entry in self.exponents.items() if entry in (-1, -half)]
        numerator, denominator = self.coefficient.numerator, self.coefficient.denominator
        if denominator != 1:
            below.insert(0, str(denominator))
        negative = "-" if numerator == -1 and above else ""
        if not above or numerator != 1 and not negative:
            above.insert(0, str(numerator))
        down = "*".join(below)
        return negative + "*".join(above) + (f"/({down})" if len(below) > 1 else f"/{down}" if below else "")


def as_power(expr):
    """A product of powers of positive variables as one power of each."""
    if isinstance(expr, str):
        return Power(1, {expr: 1})
    operation, *parts = expr if isinstance(expr, tuple) else ("number", expr)
    if operation in ("sqrt", "neg"):
        inner = as_power(parts[0])
        return inner ** Fraction(1, 2) if operation == "sqrt" else inner * Power(-1, {})
    if operation in ("*", "/"):
        x, y = map(as_power, parts)
        return x * (y if operation == "*" else y ** Fraction(-1))
    if operation == "**":
        return as_power(parts[0]) ** evaluated(parts[1])
    return Power(evaluated(expr), {})
