# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing down which avatars the Studio has published, and striking them off."""

from __future__ import annotations

from datetime import UTC, datetime

from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import person, session
from .reporting import Outcome, told


class AIMOCAP_OT_record_avatar(Operator):
    """Record a custom avatar, or a new version of it, as the Studio published it"""

    bl_idname = "aimocap.record_avatar"
    bl_label = "Record Avatar"

    avatar_id: StringProperty(  # type: ignore[valid-type]
        name="Avatar ID", description="As the avatar's page in the Studio shows it"
    )
    name: StringProperty(  # type: ignore[valid-type]
        name="Name", description="What the target menu calls it"
    )
    version: StringProperty(  # type: ignore[valid-type]
        name="Published Version", description="Label of the version that is published"
    )
    acceptance_note: StringProperty(  # type: ignore[valid-type]
        name="Acceptance Note", description="Who accepted this version, on which clips"
    )
    limitations: StringProperty(  # type: ignore[valid-type]
        name="Limitations", description="Known weaknesses, separated by semicolons"
    )

    owner: StringProperty(  # type: ignore[valid-type]
        name="Owner", description="Who owns the source file of the character"
    )
    studio_steps: EnumProperty(  # type: ignore[valid-type]
        name="Studio Steps",
        description="What was done in the Studio",
        items=(
            ("a_pose", "A-Pose", "The character stands in an A-pose"),
            ("binding", "Binding", "Its skeleton is bound"),
            ("retarget_test", "Retarget Test", "A test motion was looked at"),
            ("publish", "Publish", "It is published"),
        ),
        options={"ENUM_FLAG"},
        default=set(),
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, _context: Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        for name in ("avatar_id", "name", "owner", "version", "studio_steps"):
            layout.prop(self, name)
        for name in ("acceptance_note", "limitations"):
            layout.prop(self, name)
        layout.label(text="Without a version and a note it stays a draft", icon="INFO")

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets import avatars
        from ..targets.model import StudioStep

        weaknesses = tuple(part.strip() for part in self.limitations.split(";") if part.strip())
        entry = avatars.AvatarEntry(
            avatar_id=self.avatar_id,
            name=self.name,
            version=self.version,
            acceptance_note=self.acceptance_note,
            limitations=weaknesses,
            approved_by=person.name(),
            owner=self.owner,
            studio_steps=tuple(step for step in StudioStep if step.value in self.studio_steps),
        )
        now = datetime.now(UTC)
        session.current().change_targets(lambda known: avatars.record(known, entry, now))
        self.report({"INFO"}, f'"{entry.target_id}" is recorded as {entry.state.value}')
        return {"FINISHED"}


class AIMOCAP_OT_remove_target(Operator):
    """Remove the avatar from the registry; motion that was made with it stays"""

    bl_idname = "aimocap.remove_target"
    bl_label = "Remove Target"

    target_id: StringProperty(  # type: ignore[valid-type]
        name="Target", description="Id of the target", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, event: Event) -> Outcome:
        return context.window_manager.invoke_confirm(self, event)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets import avatars

        target_id = self.target_id
        session.current().change_targets(lambda known: avatars.remove(known, target_id))
        return {"FINISHED"}


class AIMOCAP_OT_reload_targets(Operator):
    """Read the target registry again"""

    bl_idname = "aimocap.reload_targets"
    bl_label = "Reload Targets"

    @told
    def execute(self, _context: Context) -> Outcome:
        current = session.current()
        current.targets.forget_news()
        current.reload_targets()
        current.refresh()
        if current.targets.trouble:
            self.report({"ERROR"}, current.targets.trouble)
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_record_avatar,
    AIMOCAP_OT_remove_target,
    AIMOCAP_OT_reload_targets,
)
