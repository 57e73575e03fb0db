package io.stagepost;

import io.stagepost.Setting.Layer;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A setting that a contract may fix. What the contract says binds: code may then be stricter, and
 * never laxer.
 *
 * @param setting the value in force
 * @param agreed what the contract says; null if it is silent
 */
record Term<V>(Setting<V> setting, @Nullable Setting<V> agreed) {
  /**
   * Who sets values.
   *
   * @param layer contract or code
   * @param where the place in the contract
   */
  record Author(Layer layer, @Nullable String where) {
    static final Author CODE = new Author(Layer.CODE, null);
    static final Author CONTRACT = new Author(Layer.CONTRACT, null);

    /** The contract, at a place. */
    Author at(String where) {
      if (layer != Layer.CONTRACT) {
        throw new MessagingException(
            "SP-API-040",
            "The place "
                + where
                + " is none of a contract: what is set here is set by code. Begin with contract(),"
                + " and name places before agreed().");
      }
      return new Author(layer, where);
    }
  }

  static <V> Term<V> byDefault(String name, V value) {
    return new Term<>(new Setting<>(name, value, Layer.DEFAULT), null);
  }

  /**
   * Whether some terms are bound by all that binds others, which are the same settings in order.
   */
  static boolean keep(Stream<Term<?>> terms, Stream<Term<?>> others) {
    List<Term<?>> bound = terms.toList();
    List<Term<?>> binding = others.toList();
    return IntStream.range(0, binding.size())
        .allMatch(
            i ->
                binding.get(i).agreed == null
                    || Objects.equals(binding.get(i).agreed, bound.get(i).agreed));
  }

  V value() {
    return setting.value();
  }

  /**
   * The same setting with another value.
   *
   * @param strict whether the value is at least as strict as the contract's
   */
  Term<V> set(V value, Author author, Predicate<V> strict) {
    Setting<V> next = new Setting<>(setting.name(), value, author.layer(), author.where());
    if (author.layer() == Layer.CONTRACT) {
      return new Term<>(next, next);
    }
    if (agreed != null && !strict.test(agreed.value())) {
      throw new MessagingException(
          "SP-API-041",
          "The "
              + setting.name()
              + " of "
              + value
              + " is laxer than the contract's "
              + agreed.value()
              + " ("
              + agreed.where()
              + "). Code may be stricter than its contract, never laxer: leave it, or change the"
              + " contract.");
    }
    return new Term<>(next, agreed);
  }
}
