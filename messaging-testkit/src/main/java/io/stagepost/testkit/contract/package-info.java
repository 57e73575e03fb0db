/**
 * The delivery contract as a suite of tests, for the author of a transport.
 *
 * <p>Write a {@link io.stagepost.testkit.contract.TransportHarness}: how to connect, how to create
 * an address, and how to cause the faults that the contract speaks of. Then subclass twice:
 *
 * <pre>{@code
 * class AcmeContractTest extends TransportContract {
 *   @Override
 *   protected TransportHarness harness() {
 *     return new AcmeHarness();
 *   }
 * }
 *
 * class AcmeStressTest extends TransportStress {
 *   @Override
 *   protected TransportHarness harness() {
 *     return new AcmeHarness();
 *   }
 * }
 * }</pre>
 *
 * <p>A third time, of {@link io.stagepost.testkit.contract.TransportStorm}, where members come and
 * go.
 *
 * <p>Every test is named for its rule, as in {@code docs/delivery-contract.md}, and its
 * documentation says what is promised. What the transport {@linkplain io.stagepost.spi.Capabilities
 * declares} to lack is tested for the weaker behaviour; what the harness cannot cause is reported
 * as aborted, with the reason. Nothing is left out silently.
 *
 * <p>The suite needs {@code junit-jupiter}, {@code assertj-core} and {@code awaitility}, which are
 * optional dependencies of the testkit: add them to your tests.
 *
 * <p>{@code SP-TEST-040}: bytes that are no event of the suite; seen in its own dead letters only.
 */
@NullMarked
package io.stagepost.testkit.contract;

import org.jspecify.annotations.NullMarked;
