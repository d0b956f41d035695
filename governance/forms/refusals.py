"""What a verb refused, said at the field it is about."""

from django.forms import Form

from audit.door import Problem


def tell(form: Form, problem: Problem) -> None:
    """Add the problem's errors to the fields their pointers name; the rest belongs to the form."""
    told = False
    for error in problem.errors:
        name = str(error.get("pointer", "")).strip("/")
        form.add_error(name if name in form.fields else None, str(error["detail"]))
        told = True
    if not told:
        form.add_error(None, problem.detail)
