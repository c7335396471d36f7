"""Both rails of the house, on memory and on files, keep the contract of rails."""

from pathlib import Path

import pytest

from partita.adapters.rails.book.rail import BookRail
from partita.adapters.rails.logbook import FileLogbook, MemoryLogbook
from partita.adapters.rails.simulator.behaviour import Timing
from partita.adapters.rails.simulator.rail import Customs, SimulatorRail
from partita.modules.payments.cut_offs import CutOff
from partita.modules.payments.rail import Capabilities, Direction
from tests.contracts.rail import Opened, RailContract
from tests.plugins.steering import SeededEntropy, StandingClock


class TestBookInMemory(RailContract):
    @pytest.fixture
    def opened(self, clock: StandingClock) -> Opened:
        lines = MemoryLogbook()
        return lambda: BookRail(MemoryLogbook(lines), clock)


class TestBookInAFile(RailContract):
    @pytest.fixture
    def opened(self, clock: StandingClock, tmp_path: Path) -> Opened:
        return lambda: BookRail(FileLogbook(tmp_path / "book.facts"), clock)


class TestSimulatorInMemory(RailContract):
    @pytest.fixture
    def opened(self, clock: StandingClock) -> Opened:
        lines = MemoryLogbook()
        return lambda: SimulatorRail(MemoryLogbook(lines), clock=clock, entropy=SeededEntropy())


class TestSimulatorInAFile(RailContract):
    """One that takes its time."""

    @pytest.fixture
    def opened(self, clock: StandingClock, tmp_path: Path) -> Opened:
        customs = Customs(timing=Timing(accept_seconds=2, settle_seconds=3_600))

        def again() -> SimulatorRail:
            logbook = FileLogbook(tmp_path / "rails" / "simulator.facts")
            return SimulatorRail(logbook, clock=clock, entropy=SeededEntropy(), customs=customs)

        return again


class TestAPettySimulator(RailContract):
    """One that can do as little as a rail can, so that every refusal is tried."""

    @pytest.fixture
    def opened(self, clock: StandingClock) -> Opened:
        lines = MemoryLogbook()
        customs = Customs(
            name="petty",
            capabilities=Capabilities(
                directions=(Direction.OUT,),
                assets=("EUR",),
                max_amount=50_000,
                cut_offs=(CutOff("11:00", time_zone="Europe/Berlin"),),
                can_cancel=True,
            ),
        )

        def again() -> SimulatorRail:
            logbook = MemoryLogbook(lines)
            return SimulatorRail(logbook, clock=clock, entropy=SeededEntropy(), customs=customs)

        return again
