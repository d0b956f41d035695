"""The pages' doors: who may see it, what was asked, which page answers."""
