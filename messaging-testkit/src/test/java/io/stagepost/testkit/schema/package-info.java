@NullMarked
package io.stagepost.testkit.schema;

import org.jspecify.annotations.NullMarked;
