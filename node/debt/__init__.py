"""The debt book: what a taxpayer owes, paid and may claim back: at any date, as known at any time.

`law`, `interest`, `account`, `application`, `coercion`, `states` and `statement` are pure: entries
and dates in, results out. `tables`, `store` and `book` keep the entries in the state database.
"""
