@NullMarked
package io.stagepost.testkit;

import org.jspecify.annotations.NullMarked;
