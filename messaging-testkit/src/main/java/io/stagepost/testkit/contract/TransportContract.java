package io.stagepost.testkit.contract;

/**
 * The delivery contract, as far as a transport has a part in it: subclass it, give it a {@linkplain
 * #harness() harness}, and run it with JUnit. What each test promises stands in its documentation;
 * its name begins with its rule in {@code docs/delivery-contract.md}.
 *
 * <p>A weakness that the transport {@linkplain io.stagepost.spi.Transport#capabilities() declares}
 * is asserted as declared. What a harness {@linkplain TransportHarness#cannot() cannot} cause is
 * reported as aborted, with the reason.
 */
public abstract class TransportContract extends PressureContract {
  /** For subclasses. */
  protected TransportContract() {}
}
