"""/: the overview."""

from tests.factories import World


def test_smoke(world: World) -> None:
    client = world.client("carla")
    for path in ("/", "/decisions/", f"/decisions/{world.denied}"):
        answer = client.get(path)
        assert answer.status_code == 200
        open("/tmp/pa" + path.replace("/", "_") + ".html", "wb").write(answer.content)
