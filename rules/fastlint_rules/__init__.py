"""The rules of fastlint: a folder a family, a file a rule."""
