/**
 * For those who add a transport, a store or a codec.
 *
 * <p>A {@link io.stagepost.spi.Transport} moves {@link io.stagepost.spi.Message}s: bytes with
 * headers and a key. On the way out the library hands it complete messages; on the way in it offers
 * {@link io.stagepost.spi.Delivery}s to the library's {@link io.stagepost.spi.Intake} and is told
 * when each is settled. What a delivery means to the broker (an offset, a link credit) stays inside
 * the transport.
 *
 * <p>Invariants: deliveries of one {@link io.stagepost.spi.Assignment} are offered in the order in
 * which they lie there; a delivery that the intake did not take is offered again before any later
 * one of its assignment; once an assignment was revoked or lost, settling one of its deliveries
 * changes nothing (rule D11).
 */
@NullMarked
package io.stagepost.spi;

import org.jspecify.annotations.NullMarked;
