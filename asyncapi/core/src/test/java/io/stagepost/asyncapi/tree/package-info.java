@NullMarked
package io.stagepost.asyncapi.tree;

import org.jspecify.annotations.NullMarked;
