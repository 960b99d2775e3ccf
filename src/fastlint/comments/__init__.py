"""FL0: comments that silence findings.

What the engine itself reports about them comes from `fastlint.suppression`, once all rules have run. Here are
its pages, each like a rule's: no check is registered.
"""
