from reference.tests.peer.network import Network


def test_two_peers_cannot_talk() -> None:
    network = Network()
    a, b = network.add("a"), network.add("b")
    network.meet()
    network.install(a, [a, b])
    network.run(100)
    network.send(a, b"hello")
    network.run(2000)

    assert a.secret() == b.secret()
    assert a.view == b.view is not None
    assert b.heard() == [b"hello"]
