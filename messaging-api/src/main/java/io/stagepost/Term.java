package io.stagepost;

import io.stagepost.Setting.Layer;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A setting that a contract may fix, and an operator's overlay override. What the contract says
 * binds code: that may be stricter, and never laxer. What the overlay says overrides the contract
 * either way, and code where that is not stricter.
 *
 * @param setting the value in force
 * @param agreed what the contract says; null if it is silent
 * @param strict whether a value is at least as strict as another
 */
record Term<V>(
    Setting<V> setting, @Nullable Setting<V> agreed, BiPredicate<? super V, ? super V> strict) {
  /**
   * Who sets values.
   *
   * @param layer contract, overlay or code
   * @param where the place in the contract or overlay
   */
  record Author(Layer layer, @Nullable String where) {
    static final Author CODE = new Author(Layer.CODE, null);
    static final Author CONTRACT = new Author(Layer.CONTRACT, null);

    /** The operator's overlay, at a place. */
    static Author overlay(String where) {
      return new Author(Layer.OVERLAY, where);
    }

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

  /** Unset, and told by the predicate what is strict. */
  static <V> Term<V> byDefault(String name, V value, BiPredicate<? super V, ? super V> strict) {
    return new Term<>(new Setting<>(name, value, Layer.DEFAULT), null, strict);
  }

  /** Unset; less is stricter. */
  static <V extends Comparable<V>> Term<V> atMost(String name, V value) {
    return byDefault(name, value, (one, other) -> one.compareTo(other) <= 0);
  }

  /** Unset; nothing but the same is as strict. */
  static <V> Term<V> same(String name, V value) {
    return byDefault(name, value, Object::equals);
  }

  /** Unset; no value is stricter than another. */
  static <V> Term<V> any(String name, V value) {
    return byDefault(name, value, (one, other) -> true);
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

  /** The same setting with another value, if whoever sets it may have the say. */
  Term<V> set(V value, Author author) {
    Setting<V> next = new Setting<>(setting.name(), value, author.layer(), author.where());
    if (author.layer() == Layer.CONTRACT) {
      return new Term<>(next, next, strict);
    }
    if (author.layer() == Layer.OVERLAY) {
      boolean stays = setting.layer() == Layer.CODE && strict.test(setting.value(), value);
      return stays ? this : new Term<>(next, agreed, strict);
    }
    if (agreed != null && !strict.test(value, agreed.value())) {
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
    return new Term<>(next, agreed, strict);
  }
}
