"""README.md of this folder shows every snippet of snippets/ word by word, each in a fence of its
language: what a reader copies is what test_host.py runs.
"""

import unittest

from scenario import SNIPPETS
import support

FENCES = {".sh": "sh", ".py": "python", ".mjs": "js", ".pl": "perl", ".tcl": "tcl", ".php": "php", ".rb": "ruby",
          ".c": "c"}


class Readme(unittest.TestCase):
    def test_it_shows_each_snippet_as_it_is_run(self):
        path = support.SOURCE / "tests" / "hosts" / "README.md"
        readme = path.read_text(encoding="utf-8") if path.exists() else ""
        snippets = sorted(SNIPPETS.iterdir())
        self.assertGreaterEqual(len(snippets), 9)
        missing = [snippet.name for snippet in snippets
                   if f"\n```{FENCES[snippet.suffix]}\n{snippet.read_text(encoding='utf-8')}```\n" not in readme]
        self.assertEqual(missing, [], "tests/hosts/README.md must show these word by word")


if __name__ == "__main__":
    unittest.main()
