# SPDX-License-Identifier: GPL-3.0-or-later
"""Humanoid rigs that no family's table holds, to see whether the labelling generalises.

Names as other engines, capture tools, studios and languages write them. `{S}` and `{s}` are the
side; chains run as in `families`. None of these may be added to the tables: they would test
nothing then.
"""

from __future__ import annotations

from aimocap_blender.motion.mapping.families import Family

from .spec import RigSpec, from_family

STRANGERS = (
    Family("second_life", "", "mPelvis", "mTorso,mChest", "mNeck", "mHead",
           "mCollar{S},mShoulder{S},mElbow{S},mWrist{S}", "mHip{S},mKnee{S},mAnkle{S},mToe{S}",
           other="mSkull,mEye{S}"),
    Family("roblox_r15", "", "LowerTorso", "UpperTorso", "", "Head",
           ",{S}UpperArm,{S}LowerArm,{S}Hand", "{S}UpperLeg,{S}LowerLeg,{S}Foot,",
           other="HumanoidRootNode"),
    Family("kinect", "", "SpineBase", "SpineMid,SpineShoulder", "Neck", "Head",
           ",Shoulder{S},Elbow{S},Wrist{S}", "Hip{S},Knee{S},Ankle{S},Foot{S}"),
    Family("deepmotion", "", "hips_JNT", "spine_JNT,spine1_JNT,spine2_JNT", "neck_JNT",
           "head_JNT", "{S}_shoulder_JNT,{S}_arm_JNT,{S}_forearm_JNT,{S}_hand_JNT",
           "{S}_upleg_JNT,{S}_leg_JNT,{S}_foot_JNT,{S}_toebase_JNT", "l", "r",
           thumb="{S}_handThumb[123]_JNT", index="{S}_handIndex[123]_JNT",
           middle="{S}_handMiddle[123]_JNT", ring="{S}_handRing[123]_JNT",
           little="{S}_handPinky[123]_JNT"),
    Family("ipi", "", "Hip", "LowerSpine,MiddleSpine,Chest", "Neck", "Head",
           "{S}Clavicle,{S}Shoulder,{S}Forearm,{S}Hand", "{S}Thigh,{S}Shin,{S}Foot,{S}Toe",
           "L", "R"),
    Family("skyrim", "", "NPC Pelvis (Pelv)",
           "NPC Spine (Spn0),NPC Spine1 (Spn1),NPC Spine2 (Spn2)",
           "NPC Neck (Neck)", "NPC Head (Head)",
           "NPC {S} Clavicle ({S}Clv),NPC {S} UpperArm ({S}Uar),NPC {S} Forearm ({S}Lar),"
           "NPC {S} Hand ({S}Hnd)",
           "NPC {S} Thigh ({S}Thg),NPC {S} Calf ({S}Clf),NPC {S} Foot ({S}ft ),"
           "NPC {S} Toe0 ({S}Toe)", "L", "R",
           twist="NPC {S} UpperarmTwist1 ({S}Ut1),NPC {S} ForearmTwist1 ({S}Lt1)",
           other="NPC Root (Root),NPC {S} MagicNode ({S}Mag)"),
    Family("old_pitchipoy", "", "hips", "spine,chest", "neck", "head",
           "shoulder.{S},upper_arm.{S},forearm.{S},hand.{S}", "thigh.{S},shin.{S},foot.{S},toe.{S}",
           "L", "R", other="heel.{S}"),
    Family("maya_studio", "", "Cn_Pelvis_Jnt", "Cn_Spine01_Jnt,Cn_Spine02_Jnt,Cn_Chest_Jnt",
           "Cn_Neck_Jnt", "Cn_Head_Jnt",
           "{S}_Clavicle_Jnt,{S}_ArmUpper_Jnt,{S}_ArmLower_Jnt,{S}_Hand_Jnt",
           "{S}_LegUpper_Jnt,{S}_LegLower_Jnt,{S}_Foot_Jnt,{S}_Ball_Jnt", "Lf", "Rt",
           twist="{S}_ArmUpper_Twist01_Jnt,{S}_LegUpper_Twist01_Jnt",
           other="{S}_ArmUpper_IK_Ctrl,Cn_Root_Jnt,Cn_Jaw_Jnt"),
    Family("lower_case_glued", "", "hips", "spine,spine1,chest", "neck", "head",
           "{S}shoulder,{S}upperarm,{S}forearm,{S}hand", "{S}upleg,{S}lowleg,{S}foot,{S}toe",
           "left", "right", thumb="{S}thumb[123]", index="{S}index[123]",
           middle="{S}middle[123]", ring="{S}ring[123]", little="{S}pinky[123]"),
    Family("shouting", "", "HIPS", "SPINE,CHEST", "NECK", "HEAD",
           "{S}_SHOULDER,{S}_UPPER_ARM,{S}_LOWER_ARM,{S}_HAND",
           "{S}_UPPER_LEG,{S}_LOWER_LEG,{S}_FOOT,{S}_TOES", "L", "R"),
    Family("openpose_like", "", "mid_hip", "spine", "neck", "head",
           ",{S}_shoulder,{S}_elbow,{S}_wrist", "{S}_hip,{S}_knee,{S}_ankle,{S}_toe", "l", "r"),
    Family("studio_prefix", "", "Hero_Hips", "Hero_Spine,Hero_Spine1,Hero_Spine2", "Hero_Neck",
           "Hero_Head", "Hero_{S}Shoulder,Hero_{S}Arm,Hero_{S}ForeArm,Hero_{S}Hand",
           "Hero_{S}UpLeg,Hero_{S}Leg,Hero_{S}Foot,Hero_{S}ToeBase",
           thumb="Hero_{S}HandThumb[123]", index="Hero_{S}HandIndex[123]",
           middle="Hero_{S}HandMiddle[123]", ring="Hero_{S}HandRing[123]",
           little="Hero_{S}HandPinky[123]", other="Hero_Tail1,Hero_Tail2,Hero_Cape1"),
    Family("german", "", "Huefte", "Wirbelsaeule1,Wirbelsaeule2,Brust", "Hals", "Kopf",
           "Schluesselbein.{S},Oberarm.{S},Unterarm.{S},Hand.{S}",
           "Oberschenkel.{S},Unterschenkel.{S},Fuss.{S},Zehen.{S}", "L", "R",
           thumb="Daumen[123].{S}", index="Zeigefinger[123].{S}", middle="Mittelfinger[123].{S}",
           ring="Ringfinger[123].{S}", little="Kleiner_Finger[123].{S}"),
    Family("french", "", "Bassin", "Colonne1,Colonne2,Poitrine", "Cou", "Tête",
           "Clavicule_{S},Bras_{S},AvantBras_{S},Main_{S}",
           "Cuisse_{S},Mollet_{S},Pied_{S},Orteils_{S}",
           "Gauche", "Droite"),
    Family("spanish", "", "Pelvis", "Columna1,Columna2,Pecho", "Cuello", "Cabeza",
           "Clavicula_{S},Brazo_{S},Antebrazo_{S},Mano_{S}",
           "Muslo_{S},Pantorrilla_{S},Pie_{S},Dedos_Pie_{S}", "Izq", "Der"),
    Family("italian", "", "Bacino", "Spina1,Spina2,Petto", "Collo", "Testa",
           "Clavicola_{S},Braccio_{S},Avambraccio_{S},Mano_{S}",
           "Coscia_{S},Polpaccio_{S},Piede_{S},", "sx", "dx"),
    Family("russian", "", "Таз", "Позвоночник1,Позвоночник2,Грудь", "Шея", "Голова",
           "Ключица_{S},Плечо_{S},Предплечье_{S},Кисть_{S}",
           "Бедро_{S},Голень_{S},Стопа_{S},Носок_{S}",
           "Л", "П"),
    Family("chinese", "", "骨盆", "脊椎1,脊椎2,胸", "颈", "头",
           "{S}锁骨,{S}上臂,{S}前臂,{S}手", "{S}大腿,{S}小腿,{S}脚掌,{S}脚趾", "左", "右"),
    Family("korean", "", "골반", "척추1,척추2,가슴", "목", "머리",
           "{S}쇄골,{S}위팔,{S}아래팔,{S}손",
           "{S}허벅지,{S}종아리,{S}발,{S}발가락", "왼쪽", "오른쪽"),
    Family("romaji", "", "koshi", "sebone,mune", "kubi", "atama",
           "kata_{S},ude_{S},hiji_{S},tekubi_{S}", "momo_{S},hiza_{S},ashikubi_{S},tsumasaki_{S}",
           "L", "R"),
    Family("sides_in_front", "", "C_hips_bind", "C_spine1_bind,C_spine2_bind,C_chest_bind",
           "C_neck_bind", "C_head_bind",
           "{S}_clav_bind,{S}_uparm_bind,{S}_loarm_bind,{S}_hand_bind",
           "{S}_upleg_bind,{S}_loleg_bind,{S}_foot_bind,{S}_toe_bind", "L", "R",
           twist="{S}_uparm_roll_bind,{S}_loarm_roll_bind",
           other="C_hair_bind,{S}_skirt1_bind,{S}_wing1_bind,{S}_wing2_bind,C_tail1_bind,"
           "{S}_ear_bind,{S}_foot_ik_ctl"),
)  # fmt: skip
"""Rigs by name; the key says where such names are seen."""


def specs() -> dict[str, RigSpec]:
    return {family.key: from_family(family) for family in STRANGERS}
