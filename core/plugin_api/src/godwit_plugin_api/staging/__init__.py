"""Data on their way between stores and programs that read and write local files alone.

`copies.LocalCopies` does it for one attempt; `once` is a program around a program by the file contract.
"""
