/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.FieldVisitor;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.SpringAsmInfo;

/**
 * The classes, methods and fields of HAPI that class files refer to, looked up as the JVM does it when it links them
 * (JVMS §5.4.3). Reads files only; no class is loaded.
 */
final class HapiLinks {

    private static final String HAPI = "ca/uhn/";
    private static final String OBJECT = "java/lang/Object";

    /** Tags of the constant pool (JVMS §4.4). */
    private static final int CLASS = 7;

    private static final int FIELD = 9;
    private static final int METHOD = 10;
    private static final int METHOD_OF_INTERFACE = 11;

    private final ClassLoader loader;
    private final boolean membersToo;
    private final Map<String, Boolean> existing = new HashMap<>();
    private final Map<String, Optional<Type>> types = new HashMap<>();

    /** A class file: those that it inherits from, and its own methods and fields with their descriptors. */
    private record Type(List<String> parents, Set<String> members) {}

    /**
     * @param loader finds HAPI's class files
     * @param membersToo whether methods and fields are looked up, which takes longer, or classes only
     */
    HapiLinks(ClassLoader loader, boolean membersToo) {
        this.loader = loader;
        this.membersToo = membersToo;
    }

    /** What a class file refers to and HAPI does not have, such as {@code ca.uhn.fhir.Type.method}. */
    SortedSet<String> missing(InputStream classFile) throws IOException {
        SortedSet<String> missing = new TreeSet<>();
        ClassReader file = new ClassReader(classFile);
        char[] buffer = new char[file.getMaxStringLength()];
        for (int index = 1; index < file.getItemCount(); index++) {
            int item = file.getItem(index);
            if (item == 0) {
                continue; // the second half of a number
            }
            int tag = file.readByte(item - 1);
            if (tag == CLASS) {
                String name = element(file.readUTF8(item, buffer));
                if (name.startsWith(HAPI) && !exists(name)) {
                    missing.add(spelt(name));
                }
            } else if (membersToo && (tag == FIELD || tag == METHOD || tag == METHOD_OF_INTERFACE)) {
                String owner = file.readClass(item, buffer);
                int member = file.getItem(file.readUnsignedShort(item + 2));
                String name = file.readUTF8(member, buffer);
                if (owner.startsWith(HAPI) && !has(owner, name + file.readUTF8(member + 2, buffer))) {
                    missing.add(spelt(owner) + "." + name);
                }
            }
        }
        return missing;
    }

    /** The name of a class, or that of an array's elements. */
    private static String element(String name) {
        return name.startsWith("[") ? name.replaceFirst("^\\[+L?", "").replace(";", "") : name;
    }

    private static String spelt(String name) {
        return name.replace('/', '.');
    }

    /** Also true if it cannot be known, because a class file of the hierarchy is not there: that is told by itself. */
    private boolean has(String owner, String member) {
        return has(owner, member, new HashSet<>()) || has(OBJECT, member, new HashSet<>());
    }

    private boolean has(String owner, String member, Set<String> visited) {
        if (!visited.add(owner)) {
            return false;
        }
        Type type = type(owner).orElse(null);
        return type == null
                || type.members.contains(member)
                || type.parents.stream().anyMatch(parent -> has(parent, member, visited));
    }

    private boolean exists(String name) {
        return existing.computeIfAbsent(name, type -> loader.getResource(type + ".class") != null);
    }

    private Optional<Type> type(String name) {
        return types.computeIfAbsent(name, this::read);
    }

    private Optional<Type> read(String name) {
        try (InputStream file = loader.getResourceAsStream(name + ".class")) {
            if (file == null) {
                return Optional.empty();
            }
            Outline outline = new Outline();
            new ClassReader(file)
                    .accept(outline, ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
            return Optional.of(new Type(outline.parents, outline.members));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Outline extends ClassVisitor {

        private final List<String> parents = new ArrayList<>();
        private final Set<String> members = new HashSet<>();

        Outline() {
            super(SpringAsmInfo.ASM_VERSION);
        }

        @Override
        public void visit(
                int version,
                int access,
                String name,
                @Nullable String signature,
                @Nullable String parent,
                String[] interfaces) {
            if (parent != null) {
                parents.add(parent);
            }
            parents.addAll(List.of(interfaces));
        }

        @Override
        public @Nullable FieldVisitor visitField(
                int access, String name, String descriptor, @Nullable String signature, @Nullable Object value) {
            members.add(name + descriptor);
            return null;
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            members.add(name + descriptor);
            return null;
        }
    }
}
