package io.stagepost.testkit.contract;

import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Transports that break one rule each, and the rules that must be among those they fail by. */
@SuppressWarnings("ImmutableEnumChecker") // functions, and lists that nobody changes
enum Broken {
  ACCEPTS_WHAT_ROUTES_NOWHERE(BrokenSending::acceptsWhatRoutesNowhere, "d02", "d06"),
  TELLS_REJECTED_AS_UNKNOWN(BrokenSending::tellsRejectedAsUnknown, "d01", "d02"),
  TELLS_UNKNOWN_AS_REJECTED(BrokenSending::tellsUnknownAsRejected, "d01"),
  CONFIRMS_WHAT_IT_LOSES(BrokenSending::confirmsWhatItLoses, "d01"),
  REORDERS_WHAT_IT_SENDS(BrokenSending::reordersWhatItSends, "d04"),
  DROPS_A_HEADER(BrokenSending::dropsAHeader, "d14"),
  SORTS_HEADERS(BrokenSending::sortsHeaders, "d14"),
  TAKES_HEADERS_FOR_TEXT(BrokenSending::takesHeadersForText, "d14"),
  MAKES_NO_HEADER_VALUE_AN_EMPTY_ONE(BrokenSending::makesNoHeaderValueAnEmptyOne, "d14"),
  MAKES_NO_BODY_AN_EMPTY_ONE(BrokenSending::makesNoBodyAnEmptyOne, "d14"),
  TAKES_AN_EMPTY_KEY_FOR_NONE(BrokenSending::takesAnEmptyKeyForNone, "d14"),
  FORGETS_THE_TRACE(BrokenSending::forgetsTheTrace, "d16"),
  FORGETS_THE_EXPIRY(BrokenSending::forgetsTheExpiry, "d17", "d13"),
  STARTS_WITHOUT_LOOKING(BrokenSending::startsWithoutLooking, "d19"),
  KNOWS_NO_LAG(BrokenSending::knowsNoLag, "d20"),
  TELLS_THE_AGE_OF_WHAT_IS_SETTLED(BrokenSending::tellsTheAgeOfWhatIsSettled, "d20"),
  BROWSES_FROM_THE_BEGINNING_ONLY(BrokenSending::browsesFromTheBeginningOnly, "d03"),
  BROWSES_ON_AND_ON(BrokenSending::browsesOnAndOn, "d03"),
  BROWSING_CONSUMES(BrokenSending.browsingConsumes(), "d03"),
  SETTLES_WHAT_IT_OFFERS(BrokenReceiving::settlesWhatItOffers, "d03", "d06", "d10"),
  LOSES_WHAT_A_CRASH_INTERRUPTS(BrokenReceiving::losesWhatACrashInterrupts, "d03"),
  SETTLES_ALL_WHEN_IT_CLOSES(BrokenReceiving::settlesAllWhenItCloses, "d10"),
  FORGETS_WHAT_IT_SETTLED_WHEN_IT_CLOSES(
      BrokenReceiving::forgetsWhatItSettledWhenItCloses, "d03", "d10"),
  SETTLES_ALL_BEFORE_THE_LATEST(BrokenReceiving::settlesAllBeforeTheLatest, "d03"),
  SETTLES_FOR_A_LOST_ASSIGNMENT(BrokenReceiving::settlesForALostAssignment, "d11"),
  DROPS_WHAT_IS_REFUSED(BrokenReceiving::dropsWhatIsRefused, "d09"),
  NEVER_TELLS_OF_ROOM(BrokenReceiving::neverTellsOfRoom, "d09"),
  DELIVERS_TWICE_AT_ONCE(BrokenReceiving::deliversTwiceAtOnce, "d04"),
  REORDERS_WHAT_IT_RECEIVES(BrokenReceiving::reordersWhatItReceives, "d04"),
  HANDS_OVER_WITHOUT_WAITING(BrokenReceiving::handsOverWithoutWaiting, "d04"),
  HANDS_OVER_WITHOUT_RELEASING(BrokenReceiving::handsOverWithoutReleasing, "d11"),
  LOSES_IN_SILENCE(BrokenReceiving::losesInSilence, "d04"),
  WEIGHS_NOTHING(BrokenReceiving::weighsNothing, "d09"),
  PAUSES_ALL_FOR_A_HOT_LANE(BrokenReceiving::claimsToBeFull, Capability.PARTIAL_PAUSE, "d09"),
  LOSES_REPEATED_HEADERS(BrokenReceiving::claimsToBeFull, Capability.REPEATED_HEADERS, "d14"),
  SCATTERS_A_KEY(BrokenReceiving::claimsToBeFull, Capability.ORDERED_KEYS, "d04");

  private final UnaryOperator<Transport> breaking;
  private final @Nullable Capability undeclared;
  private final List<String> rules;

  Broken(UnaryOperator<Transport> breaking, String... rules) {
    this(breaking, null, rules);
  }

  /** Lacks a capability, and does not say so. */
  Broken(UnaryOperator<Transport> breaking, @Nullable Capability undeclared, String... rules) {
    this.breaking = breaking;
    this.undeclared = undeclared;
    this.rules = List.of(rules);
  }

  UnaryOperator<Transport> breaking() {
    return breaking;
  }

  InMemoryTransport.Builder settings() {
    InMemoryTransport.Builder settings = InMemoryTransport.builder();
    return undeclared == null ? settings : settings.lacking(undeclared, "broken");
  }

  List<String> rules() {
    return rules;
  }
}
