package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a schema becomes in Java. */
sealed interface Shape {
  /** As it stands where a value is always there. */
  TypeName type();

  /** What has no parts. */
  record Scalar(Kind kind, Limits limits) implements Shape {
    @Override
    public TypeName type() {
      return kind.type;
    }
  }

  /**
   * What a schema allows of a value beyond its type; null or empty for whatever it does not say.
   *
   * @param values if not empty, those that are allowed: as a string, or a number
   */
  record Limits(
      @Nullable BigDecimal minimum,
      @Nullable BigDecimal maximum,
      @Nullable BigDecimal above,
      @Nullable BigDecimal below,
      @Nullable BigDecimal multipleOf,
      @Nullable Integer minLength,
      @Nullable Integer maxLength,
      @Nullable String pattern,
      List<Object> values) {
    static final Limits NONE =
        new Limits(null, null, null, null, null, null, null, null, List.of());

    boolean isNone() {
      return equals(NONE);
    }
  }

  /** An array. */
  record Many(
      Shape item,
      boolean nullableItems,
      @Nullable Integer minItems,
      @Nullable Integer maxItems,
      boolean unique)
      implements Shape {
    @Override
    public TypeName type() {
      return ParameterizedTypeName.get(Types.LIST, Types.inside(item, nullableItems));
    }
  }

  /** An object whose names are data. */
  record Keyed(
      Shape value,
      boolean nullableValues,
      @Nullable Integer minProperties,
      @Nullable Integer maxProperties)
      implements Shape {
    @Override
    public TypeName type() {
      return ParameterizedTypeName.get(
          Types.MAP, Types.STRING, Types.inside(value, nullableValues));
    }
  }

  /** Any value. */
  record Tree() implements Shape {
    @Override
    public TypeName type() {
      return Types.JSON_NODE;
    }
  }

  /** What gets a class of its own; filled in after it has a name, so that it can hold itself. */
  abstract sealed class Declared implements Shape {
    final ClassName name;
    final Node node;
    final @Nullable String description;
    final boolean deprecated;

    /** What it is declared inside of; null if it stands alone. */
    @Nullable Declared outer;

    /** What is declared inside. */
    final List<Declared> nested = new ArrayList<>();

    Declared(ClassName name, Node node, @Nullable String description, boolean deprecated) {
      this.name = name;
      this.node = node;
      this.description = description;
      this.deprecated = deprecated;
    }

    @Override
    public TypeName type() {
      return name;
    }
  }

  /** A property of an object. */
  record Component(
      String property,
      String name,
      Shape shape,
      boolean required,
      boolean nullable,
      boolean sensitive,
      boolean deprecated,
      @Nullable String description,
      @Nullable Object byDefault) {
    /** Whether Java's null may stand there. */
    boolean mayBeNull() {
      return !required || nullable;
    }
  }

  /** An object with properties. */
  final class Fields extends Declared {
    final List<Component> components = new ArrayList<>();

    /** Properties that always have one value. */
    final Map<String, Object> constants = new LinkedHashMap<>();

    /** Unions that it is a variant of. */
    final Set<ClassName> unions = new LinkedHashSet<>();

    /** What other properties hold; null if there are none. */
    @Nullable Shape others;

    /** What its component for the other properties is called. */
    String othersName = "additionalProperties";

    /** Whether its only component is the whole value, rather than a property. */
    boolean wrapper;

    /** For people: Avro's form, in which the codec finds the components by itself. */
    boolean avro;

    Fields(ClassName name, Node node, @Nullable String description, boolean deprecated) {
      super(name, node, description, deprecated);
    }

    @Nullable Component component(String property) {
      return components.stream()
          .filter(component -> component.property().equals(property))
          .findFirst()
          .orElse(null);
    }
  }

  /** One of several texts. */
  final class Choice extends Declared {
    /** Name of the constant, by the text. */
    final Map<String, String> constants = new LinkedHashMap<>();

    /** Whether others may come too. */
    final boolean open;

    boolean avro;

    Choice(
        ClassName name, Node node, @Nullable String description, boolean deprecated, boolean open) {
      super(name, node, description, deprecated);
      this.open = open;
    }
  }

  /** One of several objects. */
  final class Union extends Declared {
    final List<Fields> variants = new ArrayList<>();

    /**
     * The property that tells variants apart; null if each has properties that only it must have.
     */
    @Nullable String discriminator;

    /** What that property is, for each variant. */
    final List<String> values = new ArrayList<>();

    /** The properties that only this variant has, and must have, for each variant. */
    final List<List<String>> marks = new ArrayList<>();

    boolean avro;

    Union(ClassName name, Node node, @Nullable String description, boolean deprecated) {
      super(name, node, description, deprecated);
    }
  }
}
