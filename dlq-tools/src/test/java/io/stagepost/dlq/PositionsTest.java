package io.stagepost.dlq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PositionsTest {
  @Test
  void neighbours_become_one() {
    Positions positions = new Positions();
    positions.add("0", 1, 3);
    positions.add("0", 5, 5);
    positions.add("0", 4, 4);
    positions.add("1", 7, 7);
    assertThat(positions).hasToString("{0=[1-5], 1=[7]}");
    assertThat(positions.size()).isEqualTo(6);
    assertThat(Positions.read(positions.write())).hasToString("{0=[1-5], 1=[7]}");
  }

  @Test
  void they_are_what_a_set_of_numbers_would_be() {
    SplittableRandom random = new SplittableRandom(20261122);
    for (int round = 0; round < 500; round++) {
      Positions positions = new Positions();
      TreeSet<Long> expected = new TreeSet<>();
      for (int step = 0; step < 40; step++) {
        long first = random.nextInt(60);
        long last = first + random.nextInt(8);
        boolean adds = random.nextInt(3) > 0;
        if (adds) {
          positions.add("", first, last);
        } else {
          positions.remove("", first, last);
        }
        for (long each = first; each <= last; each++) {
          if (adds) {
            expected.add(each);
          } else {
            expected.remove(each);
          }
        }
        TreeSet<Long> found = new TreeSet<>();
        positions.forEach(
            (partition, range) -> {
              for (long each = range.first(); each <= range.last(); each++) {
                assertThat(found.add(each)).isTrue();
              }
            });
        assertThat(found).isEqualTo(expected);
        assertThat(positions.size()).isEqualTo(expected.size());
      }
    }
  }
}
