package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.TypeName;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** What a constructor checks, and the constants that it needs for that. Values are not told. */
final class Checks {
  private final CodeBlock.Builder code = CodeBlock.builder();
  private final List<FieldSpec> constants = new ArrayList<>();
  private final Names.Taken names = new Names.Taken();

  CodeBlock code() {
    return code.build();
  }

  List<FieldSpec> constants() {
    return constants;
  }

  boolean isEmpty() {
    return code.isEmpty();
  }

  /**
   * Checks a value.
   *
   * @param label what errors call it
   * @param value its name in the code
   * @param depth of how many lists and maps it is an item
   */
  void check(String label, String value, Shape shape, boolean nullable, int depth) {
    if (shape instanceof Shape.Scalar scalar) {
      scalar(label, value, scalar, nullable);
    } else if (shape instanceof Shape.Many many) {
      size(label, value + ".size()", value, nullable, "items", many.minItems(), many.maxItems());
      if (many.unique()) {
        refuse(
            value,
            nullable,
            CodeBlock.of("new $T<>($L).size() != $L.size()", HashSet.class, value, value),
            label + " holds an item twice");
      }
      each(
          label + "[]",
          CodeBlock.of("$L", value),
          many.item(),
          many.nullableItems(),
          nullable,
          value,
          depth);
    } else if (shape instanceof Shape.Keyed keyed) {
      size(
          label,
          value + ".size()",
          value,
          nullable,
          "properties",
          keyed.minProperties(),
          keyed.maxProperties());
      each(
          label + ".*",
          CodeBlock.of("$L.values()", value),
          keyed.value(),
          keyed.nullableValues(),
          nullable,
          value,
          depth);
    }
  }

  private void each(
      String label,
      CodeBlock items,
      Shape item,
      boolean nullableItems,
      boolean nullable,
      String value,
      int depth) {
    Checks inside = new Checks();
    inside.names.unique("");
    String each = depth == 0 ? "each" : "each" + (depth + 1);
    inside.check(label, each, item, nullableItems, depth + 1);
    if (inside.isEmpty()) {
      return;
    }
    for (FieldSpec constant : inside.constants) {
      constants.add(constant);
      names.unique(constant.name());
    }
    if (nullable) {
      code.beginControlFlow("if ($L != null)", value);
    }
    code.beginControlFlow("for ($T $L : $L)", loop(item, nullableItems), each, items);
    code.add(inside.code());
    code.endControlFlow();
    if (nullable) {
      code.endControlFlow();
    }
  }

  static TypeName loop(Shape item, boolean nullable) {
    return nullable ? Types.nullable(item.type()) : item.type();
  }

  private void scalar(String label, String value, Shape.Scalar scalar, boolean nullable) {
    Shape.Limits limits = scalar.limits();
    Kind kind = scalar.kind();
    if (kind == Kind.TEXT) {
      size(
          label,
          value + ".codePointCount(0, " + value + ".length())",
          value,
          nullable,
          "characters",
          limits.minLength(),
          limits.maxLength());
      if (limits.pattern() != null) {
        String name =
            constant(
                label + "_PATTERN",
                Types.schema("TextPattern"),
                CodeBlock.of("$T.of($S)", Types.schema("TextPattern"), limits.pattern()));
        refuse(
            value,
            nullable,
            CodeBlock.of("!$L.isIn($L)", name, value),
            label + " is not of the pattern " + limits.pattern());
      }
    }
    if (kind == Kind.FLOAT32 || kind == Kind.FLOAT64) {
      refuse(
          value,
          nullable,
          CodeBlock.of("!$T.isFinite($L)", kind.type.box(), value),
          label + " is not finite");
    }
    if (kind.isNumber()) {
      bound(label, value, kind, nullable, limits.minimum(), "<", "must be at least ");
      bound(label, value, kind, nullable, limits.maximum(), ">", "must be at most ");
      bound(label, value, kind, nullable, limits.above(), "<=", "must be above ");
      bound(label, value, kind, nullable, limits.below(), ">=", "must be below ");
      multiple(label, value, kind, nullable, limits.multipleOf());
    }
    values(label, value, kind, nullable, limits.values());
  }

  private void size(
      String label,
      String size,
      String value,
      boolean nullable,
      String what,
      @Nullable Integer least,
      @Nullable Integer most) {
    if (least != null) {
      refuse(
          value,
          nullable,
          CodeBlock.of("$L < $L", size, least),
          label + " must have at least " + counted(least, what));
    }
    if (most != null) {
      refuse(
          value,
          nullable,
          CodeBlock.of("$L > $L", size, most),
          label + " must have at most " + counted(most, what));
    }
  }

  private static String counted(int count, String what) {
    String one =
        what.endsWith("ies") ? what.replace("ies", "y") : what.substring(0, what.length() - 1);
    return count + " " + (count == 1 ? one : what);
  }

  private void bound(
      String label,
      String value,
      Kind kind,
      boolean nullable,
      @Nullable BigDecimal limit,
      String wrong,
      String must) {
    if (limit == null) {
      return;
    }
    CodeBlock condition =
        switch (kind) {
          case INT32, INT64 -> CodeBlock.of("$L $L $L", value, wrong, literal(limit));
          case FLOAT32, FLOAT64 -> CodeBlock.of("$L $L $L", value, wrong, real(limit));
          default ->
              CodeBlock.of("$L.compareTo($L) $L 0", value, number(label, kind, limit), wrong);
        };
    refuse(value, nullable, condition, label + " " + must + limit.toPlainString());
  }

  private void multiple(
      String label, String value, Kind kind, boolean nullable, @Nullable BigDecimal divisor) {
    if (divisor == null || divisor.signum() <= 0) {
      return;
    }
    boolean whole = divisor.stripTrailingZeros().scale() <= 0;
    CodeBlock condition =
        (kind == Kind.INT32 || kind == Kind.INT64) && whole
            ? CodeBlock.of("$L % $L != 0", value, literal(divisor))
            : CodeBlock.of(
                "$L.remainder($L).signum() != 0",
                decimal(value, kind),
                number(label, Kind.DECIMAL, divisor));
    refuse(value, nullable, condition, label + " must be a multiple of " + divisor.toPlainString());
  }

  private static CodeBlock decimal(String value, Kind kind) {
    return switch (kind) {
      case DECIMAL -> CodeBlock.of("$L", value);
      case INTEGER -> CodeBlock.of("new $T($L)", BigDecimal.class, value);
      default -> CodeBlock.of("$T.valueOf($L)", BigDecimal.class, value);
    };
  }

  private void values(
      String label, String value, Kind kind, boolean nullable, List<Object> values) {
    if (values.isEmpty()) {
      return;
    }
    List<CodeBlock> conditions = new ArrayList<>();
    for (Object each : values) {
      if (each instanceof String text && kind == Kind.TEXT) {
        conditions.add(CodeBlock.of("!$L.equals($S)", value, text));
      } else if (each instanceof Boolean truth && kind == Kind.BOOL) {
        conditions.add(CodeBlock.of("$L$L", truth ? "!" : "", value));
      } else if (each instanceof BigDecimal number && kind.isNumber()) {
        boolean literal = kind == Kind.INT32 || kind == Kind.INT64;
        boolean fits = number.stripTrailingZeros().scale() <= 0 && number.precision() < 19;
        conditions.add(
            literal && fits
                ? CodeBlock.of("$L != $L", value, literal(number.setScale(0)))
                : CodeBlock.of(
                    "$L.compareTo($L) != 0",
                    decimal(value, kind),
                    number(label, Kind.DECIMAL, number)));
      }
    }
    if (!conditions.isEmpty()) {
      refuse(
          value,
          nullable,
          CodeBlock.join(conditions, "$W&& "),
          label + " is none of the values that are allowed");
    }
  }

  private void refuse(String value, boolean nullable, CodeBlock wrong, String message) {
    code.beginControlFlow(
        "if ($L$L)", nullable ? CodeBlock.of("$L != null && ", value) : CodeBlock.of(""), wrong);
    code.addStatement(
        message.length() > 50 ? "throw new $T(\n$S)" : "throw new $T($S)",
        IllegalArgumentException.class,
        message);
    code.endControlFlow();
  }

  /** A constant for a number that is no literal. */
  private String number(String label, Kind kind, BigDecimal number) {
    Class<?> type = kind == Kind.INTEGER ? BigInteger.class : BigDecimal.class;
    String text = kind == Kind.INTEGER ? number.toBigInteger().toString() : number.toPlainString();
    return constant(label + "_LIMIT", TypeName.get(type), CodeBlock.of("new $T($S)", type, text));
  }

  private String constant(String label, TypeName type, CodeBlock value) {
    for (FieldSpec known : constants) {
      if (known.type().equals(type)
          && known.initializer().toString().strip().equals(value.toString())) {
        return known.name();
      }
    }
    String name = names.unique(Names.constant(label.substring(label.lastIndexOf('.') + 1)));
    constants.add(
        FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
            .initializer(value.toString().length() > 60 ? "$>$>\n$L$<$<" : "$L", value)
            .build());
    return name;
  }

  private static String literal(BigDecimal whole) {
    long value = whole.longValueExact();
    return value == (int) value ? String.valueOf(value) : value + "L";
  }

  private static String real(BigDecimal number) {
    double value = number.doubleValue();
    return Double.isInfinite(value)
        ? (value > 0 ? "Double.MAX_VALUE" : "-Double.MAX_VALUE")
        : String.valueOf(value);
  }
}
