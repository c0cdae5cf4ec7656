# SPDX-License-Identifier: GPL-3.0-or-later
"""The words bone names are made of, in the languages riggers use, and what each word says.

A word leads to one or more *atoms*: parts of the body ("arm"), what narrows them ("upper"), sides,
or what makes a bone no limb at all (a twist, a control, an end, hair). Only words: how they make up
a name is `reading`, which part a set of atoms means is `meanings`.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType


class Atom(Enum):
    """What one word of a bone name can say."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"
    UPPER = "upper"
    LOWER = "lower"
    FORE = "fore"
    HIPS = "hips"
    HIP = "hip"
    ROOT = "root"
    BODY = "body"
    TRUNK = "trunk"
    CHEST = "chest"
    NECK = "neck"
    HEAD = "head"
    CLAVICLE = "clavicle"
    SHOULDER = "shoulder"
    ARM = "arm"
    ELBOW = "elbow"
    HAND = "hand"
    WRIST = "wrist"
    PALM = "palm"
    LEG = "leg"
    THIGH = "thigh"
    KNEE = "knee"
    SHIN = "shin"
    ANKLE = "ankle"
    FOOT = "foot"
    TOE = "toe"
    BALL = "ball"
    FINGER = "finger"
    THUMB = "thumb"
    INDEX = "index"
    MIDDLE = "middle"
    RING = "ring"
    LITTLE = "little"
    METACARPAL = "metacarpal"
    PROXIMAL = "proximal"
    INTERMEDIATE = "intermediate"
    DISTAL = "distal"
    NEUTRAL = "neutral"
    DEFORM = "deform"
    MECHANISM = "mechanism"
    TWIST = "twist"
    CONTROL = "control"
    END = "end"
    OTHER = "other"


_WORDS: dict[Atom, str] = {
    Atom.LEFT: (
        "left lft lf lt l hidari links linke linker linkes gauche izquierda izquierdo izq "
        "esquerda esquerdo esq sinistra sinistro sx lewa lewy лев левая левый левое 左 "
        "왼쪽 왼 sol vasen"
    ),
    Atom.RIGHT: (
        "right rgt rt r migi rechts rechte rechter rechtes droite droit derecha derecho "
        "der direita direito dir destra destro dx prawa prawy прав правая правый правое 右 "
        "오른쪽 오른 oikea"
    ),
    Atom.CENTRE: "c m x center centre central median センター 中心 中央",
    Atom.UPPER: "upper up u top ober superior superiore alto alta верх верхняя верхний 上 위",
    Atom.LOWER: "lower low lo down unter inferior inferiore bajo baja нижняя нижний 下 아래",
    Atom.FORE: "fore",
    Atom.HIPS: (
        "hips pelvis hueften huften hufte bassin hanches caderas pelvi quadris bacino "
        "anche becken biodra miednica таз 骨盆 골반 ヒップ 尻 kalca lantio hofter heupen "
        "bekken"
    ),
    Atom.HIP: "hip hanche cadera quadril anca huefte biodro бедра",
    Atom.ROOT: "root cog com wurzel racine raiz radice корень",
    Atom.BODY: "body koerper korper corps cuerpo corpo тело",
    Atom.TRUNK: (
        "spine spines spn spina waist abdomen ab abdominal stomach belly tummy torso trunk "
        "back spinal lumbar lumb vertebra backbone wirbelsaule wirbelsaeule ruecken rucken "
        "bauch taille rumpf dos colonne columna espalda espinha coluna costas schiena "
        "colonna kregoslup спина позвоночник живот talia 脊椎 脊柱 背骨 脊骨 척추 허리 "
        "腰椎 上半身 omurga selka ryg rug rygg"
    ),
    Atom.CHEST: (
        "chest mune thorax breastplate brust poitrine pecho peito petto torace klatka "
        "грудь 胸 胸部 가슴 gogus rinta bryst borst brost ribcage ribs"
    ),
    Atom.NECK: (
        "neck nck kubi cervical hals nacken cou cuello pescoco collo szyja шея 首 脖子 颈 "
        "頸 颈部 脖 목 boyun kaula nek"
    ),
    Atom.HEAD: (
        "head hd skull atama kao kopf tete cabeza cabeca testa glowa голова 頭 头 头部 "
        "头骨 머리 bas pää paa hode hoved hoofd huvud cranium"
    ),
    Atom.CLAVICLE: (
        "clavicle clavicles clav clavi collar collarbone scapula clavicule clavicula "
        "clavicola schluesselbein schlusselbein obojczyk ключица 锁骨 鎖骨 쇄골"
    ),
    Atom.SHOULDER: (
        "shoulder shoulders kata shldr shlder shld schulter epaule hombro ombro spalla "
        "bark плечо 肩 肩膀 肩部 어깨 omuz olkapaa skulder schouder axel"
    ),
    Atom.ARM: "arm arms ude bras brazo braco braccio ramie рука 腕 手臂 胳膊 팔 kol kasivarsi",
    Atom.ELBOW: (
        "elbow elbows elb hiji ellbogen ellenbogen coude codo cotovelo gomito lokiec "
        "локоть ひじ 肘 手肘 팔꿈치 dirsek kyynarpaa"
    ),
    Atom.HAND: "hand hands hnd main mano mao dlon reka кисть ладонь 手 手掌 手部 손 el kasi fist",
    Atom.WRIST: (
        "wrist wrists tekubi handgelenk poignet muneca pulso polso nadgarstek запястье "
        "手首 手腕 손목 bilek ranne"
    ),
    Atom.PALM: "palm palms",
    Atom.LEG: "leg legs ashi bein jambe pierna perna gamba noga нога 足 脚 腿 다리 bacak jalka",
    Atom.THIGH: (
        "thigh thighs momo femur cuisse muslo coxa coscia udo бедро 大腿 太もも ふともも "
        "허벅지 uyluk reisi oberschenkel lar dij"
    ),
    Atom.KNEE: (
        "knee knees hiza knie genou rodilla joelho ginocchio kolano колено ひざ 膝 膝盖 "
        "膝蓋 무릎 diz polvi kne"
    ),
    Atom.SHIN: (
        "shin shins calf calfs calves crus tibia shank wade mollet tibial pantorrilla "
        "canela panturrilha polpaccio stinco lydka голень 小腿 すね 脛 종아리 정강이 "
        "baldir saari unterschenkel legg scheenbeen"
    ),
    Atom.ANKLE: (
        "ankle ankles ashikubi knoechel knochel fussgelenk cheville tobillo tornozelo "
        "caviglia kostka лодыжка 足首 脚踝 脚腕 발목 nilkka enkel"
    ),
    Atom.FOOT: (
        "foot feet ft fuss pied pie pe piede stopa стопа ступня 脚掌 脚部 발 ayak "
        "jalkatera fot voet"
    ),
    Atom.TOE: (
        "toe toes tsumasaki zeh zehe zehen orteil orteils dedospie dito palce носок пальцы "
        "つま先 爪先 足先 脚趾 脚尖 발가락 발끝 varpaat ta teen"
    ),
    Atom.BALL: "ball",
    Atom.FINGER: (
        "finger fingers fing fngr doigt doigts dedo dedos dita palec палец 指 手指 손가락 "
        "parmak sormi"
    ),
    Atom.THUMB: (
        "thumb thmb daumen pouce pulgar polegar pollice kciuk большой 親指 拇指 大拇指 "
        "엄지 basparmak peukalo"
    ),
    Atom.INDEX: (
        "index idx pointer indexfinger zeigefinger zeige indice wskazujacy указательный "
        "人指 人差指 人差し指 示指 食指 검지 etusormi forefinger ind"
    ),
    Atom.MIDDLE: (
        "middle mid middlefinger mittelfinger mittel majeur medio medius srodkowy средний "
        "中指 중지 keskisormi mdl"
    ),
    Atom.RING: (
        "ring ringfinger annulaire anular anulare serdeczny безымянный 薬指 无名指 無名指 "
        "약지 nimeton rng third"
    ),
    Atom.LITTLE: (
        "pinky pinkie little littlefinger kleiner klein auriculaire menique minimo "
        "mindinho mignolo maly мизинец 小指 尾指 小拇指 새끼 pikkusormi lit small"
    ),
    Atom.METACARPAL: "metacarpal metacarpals meta metac carpal carpals metacarpus inhand palmbone",
    Atom.PROXIMAL: "proximal prox phalanx",
    Atom.INTERMEDIATE: "intermediate medial inter",
    Atom.DISTAL: "distal dist",
    Atom.NEUTRAL: (
        "bone bones joint joints jnt jt jnts bind skin sk skel skeleton bip bip01 biped "
        "base stretch bend b char character rig armature mixamorig cc avg f bn game part1 "
        "cf j bn1 human humanoid avatar main0 segment seg link fk mesh anim motion кость "
        "kost knochen os hueso osso ボーン 骨 骨骼 본 the of"
    ),
    Atom.DEFORM: "def deform",
    Atom.MECHANISM: "org mch mechanism mech",
    Atom.TWIST: (
        "twist twists twst twister roll rolls rol tw ntwist part parts half split ribbon "
        "bendy bbone 捩 捩り 扭转 twistbone torsion"
    ),
    Atom.CONTROL: (
        "ik ctrl control controller ctl cntrl con pole target tgt poletarget handle goal "
        "effector vis tweak master parent offset follow lookat aim constraint driver pivot "
        "switch ＩＫ ik親 reverse revfoot kneectrl eff nul null locator dummy ダミー gizmo "
        "anchor fkik spin kneepole elbowpole groove グルーブ mother 全ての親 親 操作中心 "
        "controls manip helperik adj cancel キャンセル 補助 share sharebone"
    ),
    Atom.END: (
        "end ends nub leaf tip tips endsite site effectorend vertex endbone headtop 先 "
        "tail0 nubs terminal finish"
    ),
    Atom.OTHER: (
        "hair bang bangs ponytail pony pigtail braid beard mustache moustache face facial "
        "eye eyes eyeball eyelid lid brow brows eyebrow eyebrows jaw lip lips mouth tongue "
        "teeth tooth nose nostril ear ears cheek chin temple forehead lash lashes pupil "
        "iris breast breasts bust boob boobs pec pecs pectoral pectorals nipple butt "
        "buttock buttocks glute glutes skirt cape cloak coat cloth clothes dress sleeve "
        "sleeves scarf tie ribbons belt strap bag hat helmet cap crown mask glasses weapon "
        "weapons wpn sword gun rifle pistol bow shield knife prop props item items slot "
        "slots handslot socket sockets attach attachment attachments holder mount wing "
        "wings tail tails fin fins horn horns antenna feather feathers cup jiggle physics "
        "phys dyn dynamic spring sec bounce muscle muscles corrective correctives helper "
        "helpers correct fix extra extras trapezius trap lat lats bicep biceps tricep "
        "triceps ulna radius deltoid delt elbowfix kneefix metatarsal metatarsals heel "
        "heels bigtoe toe2 toe3 rear front paw hoof claw camera cam light footstep "
        "footsteps forward interaction mass newton reference world trajectory traj pos "
        "position global backpack jacket collarcloth lapel hood chain pouch holster "
        "scabbard quiver 目 両目 髪 スカート 胸先 乳 尾 尻尾 翼 耳 口 眉 舌 歯 ネクタイ 袖 "
        "帽子 眼 头发 裙 头饰 耳朵 嘴 下巴 haare augen auge mund rock cheveux oeil yeux "
        "bouche jupe pelo ojo ojos boca falda capelli occhio occhi bocca gonna волосы глаз "
        "рот ik2 wheel tire door big breath wingl leash lock "
        "armor armour pad pads plate glove gloves gauntlet boot boots shoe shoes sock socks pants "
        "trousers shirt collision collider hitbox ragdoll rigid shadow sim grip grab trigger "
    ),
}


def _vocabulary() -> dict[str, tuple[Atom, ...]]:
    words: dict[str, tuple[Atom, ...]] = {}
    for atom, text in _WORDS.items():
        for word in text.split():
            words.setdefault(word, (atom,))
    words.update(_COMPOUNDS)
    return words


_COMPOUNDS: dict[str, tuple[Atom, ...]] = {
    "forearm": (Atom.FORE, Atom.ARM),
    "foreleg": (Atom.OTHER,),
    "unterarm": (Atom.FORE, Atom.ARM),
    "avantbras": (Atom.FORE, Atom.ARM),
    "antebrazo": (Atom.FORE, Atom.ARM),
    "antebraco": (Atom.FORE, Atom.ARM),
    "avambraccio": (Atom.FORE, Atom.ARM),
    "przedramie": (Atom.FORE, Atom.ARM),
    "предплечье": (Atom.FORE, Atom.ARM),
    "kyynarvarsi": (Atom.FORE, Atom.ARM),
    "前腕": (Atom.FORE, Atom.ARM),
    "前臂": (Atom.FORE, Atom.ARM),
    "小臂": (Atom.FORE, Atom.ARM),
    "下臂": (Atom.FORE, Atom.ARM),
    "전완": (Atom.FORE, Atom.ARM),
    "아래팔": (Atom.FORE, Atom.ARM),
    "oberarm": (Atom.UPPER, Atom.ARM),
    "humerus": (Atom.UPPER, Atom.ARM),
    "上腕": (Atom.UPPER, Atom.ARM),
    "上臂": (Atom.UPPER, Atom.ARM),
    "大臂": (Atom.UPPER, Atom.ARM),
    "위팔": (Atom.UPPER, Atom.ARM),
    "olkavarsi": (Atom.UPPER, Atom.ARM),
    "下半身": (Atom.LOWER, Atom.BODY),
    "腰": (Atom.TRUNK,),
    "ankleroll": (Atom.CONTROL,),
    "左右": (Atom.OTHER,),
    "fingerbase": (Atom.OTHER,),
    "hipjoint": (Atom.OTHER,),
    "middlehand": (Atom.OTHER,),
    "mediopie": (Atom.OTHER,),
    "headtop": (Atom.END,),
    "neckdummy": (Atom.OTHER,),
    "indextoe": (Atom.OTHER,),
    "midtoe": (Atom.OTHER,),
    "middletoe": (Atom.OTHER,),
    "ringtoe": (Atom.OTHER,),
    "pinkytoe": (Atom.OTHER,),
    "littletoe": (Atom.OTHER,),
    "smalltoe": (Atom.OTHER,),
    "bigtoe": (Atom.OTHER,),
}

VOCABULARY: MappingProxyType[str, tuple[Atom, ...]] = MappingProxyType(_vocabulary())
LONGEST_WORD = max(map(len, VOCABULARY))
