"""The pages of what the engine itself reports about comments that silence findings, each like a rule's.

The findings come from `fastlint.suppression`, once all rules have run: no check is registered here.
"""
