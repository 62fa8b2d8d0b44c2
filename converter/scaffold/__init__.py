"""Beginnings: a repository of rules, and a rule with its fixtures."""

from converter.scaffold.repository import repository_files, rule_folders
from converter.scaffold.rule import LANGUAGES, rule_files, title_of
from converter.scaffold.writing import Written, write_new

__all__ = ["LANGUAGES", "Written", "repository_files", "rule_files", "rule_folders", "title_of", "write_new"]
