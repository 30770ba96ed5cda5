/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.attachment.FoundAttachment;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates lines from parsed resources. It leaves out and reports a resource that HAPI cannot read, or at which an
 * interceptor or the parser fails; such a resource does not fail the export.
 */
final class ParsedLines {

    private static final Logger log = LoggerFactory.getLogger(ParsedLines.class);

    private static final ExportAttachments.Settled NO_ATTACHMENTS = new ExportAttachments.Settled(List.of(), List.of());

    private final ResourceReader reader;
    private final Lines.Request request;
    private final Consumer<ExportIssue> issues;

    /** @param issues receives the issues */
    ParsedLines(ResourceReader reader, Lines.Request request, Consumer<ExportIssue> issues) {
        this.reader = reader;
        this.request = request;
        this.issues = issues;
    }

    /** @param mayRefer whether the stored JSON of some resources is known to name Binaries */
    void current(List<StoredResource> resources, ResourceReader.Way way, boolean mayRefer, Consumer<Line> lines) {
        Set<Long> elsewhere = way == ResourceReader.Way.PARSED ? reader.withContentElsewhere(resources) : Set.of();
        List<StoredResource> others = resources.stream()
                .filter(resource -> !elsewhere.contains(resource.key()))
                .toList();
        List<Included> included = new ArrayList<>();
        if (!others.isEmpty()) {
            List<IBaseResource> loaded = load(others, way);
            loaded.forEach(resource -> include(resource, mayRefer, included::add));
            if (way == ResourceReader.Way.PARSED) {
                reportWithoutVersion(others, loaded);
            }
        }
        resources.stream()
                .filter(resource -> elsewhere.contains(resource.key()))
                .flatMap(resource -> load(List.of(resource), ResourceReader.Way.SEARCHED).stream())
                .forEach(resource -> include(resource, true, included::add));
        finish(included, way, lines);
    }

    /**
     * Reports resources without a stored version, which HAPI leaves out silently. Not after a search, where they cannot
     * be distinguished from resources that a hook has left out.
     */
    private void reportWithoutVersion(List<StoredResource> resources, List<IBaseResource> loaded) {
        Set<String> ids = loaded.stream()
                .map(resource -> resource.getIdElement().getIdPart())
                .collect(Collectors.toSet());
        resources.stream()
                .filter(resource -> resource.versionKey() == null && !ids.contains(resource.id()))
                .forEach(this::reportUnreadable);
    }

    private List<IBaseResource> load(List<StoredResource> resources, ResourceReader.Way way) {
        try {
            return way == ResourceReader.Way.SEARCHED
                    ? reader.parsed().bySearch(request.resourceType(), resources)
                    : reader.parsed().byKey(request.resourceType(), resources);
        } catch (RuntimeException | StackOverflowError e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            return resources.size() == 1 ? unreadable(resources.get(0), e) : loadOneByOne(resources, way);
        }
    }

    private List<IBaseResource> loadOneByOne(List<StoredResource> resources, ResourceReader.Way way) {
        return resources.stream()
                .flatMap(resource -> load(List.of(resource), way).stream())
                .toList();
    }

    private List<IBaseResource> unreadable(StoredResource resource, Throwable e) {
        log.warn("{} (RES_ID {}) cannot be read; it is left out of an export", nameOf(resource), resource.key(), e);
        reportUnreadable(resource);
        return List.of();
    }

    private void reportUnreadable(StoredResource resource) {
        report(
                Severity.ERROR,
                "exception",
                nameOf(resource) + " cannot be read by the server; it is not in the export.");
    }

    /** @param name the resource's name in issues */
    private record Included(String name, LineEncoder.Draft draft) {}

    /** Asks the filters and the host's interceptors whether a resource is part of the export. */
    private void include(IBaseResource resource, boolean mayRefer, Consumer<Included> included) {
        unlessItFails(() -> reader.filters().nameOf(resource), () -> {
            // consent may replace a resource by an OperationOutcome
            boolean isOfType = reader.filters().isOf(request.resourceType(), resource);
            if (isOfType && reader.filters().include(request, resource)) {
                included.accept(new Included(
                        reader.filters().nameOf(resource),
                        reader.encoder().draft(limited(resource), request.attachments(), mayRefer)));
            }
        });
    }

    /** Decides on the attachments of all resources in one look-up, and creates the lines. */
    private void finish(List<Included> included, ResourceReader.Way way, Consumer<Line> lines) {
        List<List<FoundAttachment>> found =
                included.stream().map(resource -> resource.draft.found()).toList();
        List<ExportAttachments.Settled> settled = found.stream().allMatch(List::isEmpty)
                ? List.of()
                : request.attachments().settle(found);
        for (int i = 0; i < included.size(); i++) {
            Included resource = included.get(i);
            ExportAttachments.Settled attachments = settled.isEmpty() ? NO_ATTACHMENTS : settled.get(i);
            unlessItFails(resource::name, () -> {
                String json = resource.draft.json();
                lines.accept(Line.of(
                        json == null
                                ? reader.encoder().encode(Objects.requireNonNull(resource.draft.resource()))
                                : json,
                        attachments.held()));
                attachments.issues().forEach(issues);
                reader.recorder().read(way.name(), 1);
            });
        }
    }

    private void unlessItFails(Supplier<String> name, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | StackOverflowError e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            log.warn("{} cannot be exported", name.get(), e);
            report(
                    Severity.ERROR,
                    "exception",
                    name.get() + " could not be processed by the server; it is not in the export.");
        }
    }

    private IBaseResource limited(IBaseResource resource) {
        return request.elements().isEmpty() ? resource : reader.encoder().limited(resource, request.elements());
    }

    /**
     * Creates the lines of some versions of a resource. The host's interceptors see each version.
     *
     * @return whether there may be more
     */
    boolean versions(Versions history, StoredResource resource, Consumer<Line> lines) {
        try {
            List<IBaseResource> some = history.read();
            List<Included> included = new ArrayList<>();
            some.stream().filter(request.versionIn()).forEach(version -> include(version, false, included::add));
            finish(included, ResourceReader.Way.PARSED, lines);
            history.goOn();
            return !some.isEmpty();
        } catch (RuntimeException | StackOverflowError e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            unreadable(resource, e);
            return false;
        }
    }

    /** The versions of a resource in the export's time range. */
    Versions history(StoredResource resource) {
        if (resource.versionKey() == null) {
            reportUnreadable(resource);
        }
        Date until = request.parameters().getUntil();
        Date end = until == null || until.after(request.jobStart()) ? request.jobStart() : until;
        return reader.parsed()
                .history(request.resourceType(), resource, request.parameters().getSince(), end);
    }

    void reportTooLarge(StoredResource resource) {
        report(
                Severity.ERROR,
                "too-costly",
                nameOf(resource) + " is too large for the memory of this server; it is not in the export.");
    }

    void reportVersionsTooLarge(StoredResource resource) {
        report(
                Severity.ERROR,
                "too-costly",
                "The history of " + nameOf(resource)
                        + " is too large for the memory of this server; not all of it is in the export.");
    }

    private void report(Severity severity, String code, String diagnostics) {
        issues.accept(new ExportIssue(severity, code, diagnostics));
    }

    private String nameOf(StoredResource resource) {
        return request.resourceType() + "/" + resource.id();
    }
}
