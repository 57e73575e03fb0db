@NullMarked
package io.stagepost.dlq;

import org.jspecify.annotations.NullMarked;
