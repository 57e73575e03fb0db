package io.stagepost.samples.shop.launcher;

import io.stagepost.samples.shop.launcher.FaultPlan.Strike;

/**
 * How far the events are, as the databases tell, which no fault touches. Numbers of one service are
 * of one moment.
 *
 * @param published the lines that have left the outbox of orders
 * @param judged the lines that payment has judged
 * @param answered the answers that have left the outbox of payment
 * @param applied the answers that shipping has added
 */
record Flow(long published, long judged, long answered, long applied) {
  /**
   * How many events were in flight from before a strike until after it: published before, and yet
   * not handled after.
   *
   * @param after the flow just after the strike
   */
  long inFlight(Strike strike, Flow after) {
    long toPayment = Math.max(0, published - after.judged);
    long toShipping = Math.max(0, answered - after.applied);
    return switch (strike.kind()) {
      case PAYMENT_KILLED, CONSUMER_STOPPED ->
          strike.consumer() == FaultPlan.Consumer.PAYMENT ? toPayment : toShipping;
      case BROKER_KILLED, CONNECTIONS_CUT -> toPayment + toShipping;
      case HANDLER_FAILED -> throw new IllegalArgumentException("not from outside: " + strike);
    };
  }
}
