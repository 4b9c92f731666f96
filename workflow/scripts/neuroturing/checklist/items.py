"""What is asked: the numbers of CLAIM 2024 (Tejani et al., Radiology: Artificial Intelligence 2024;6:e240300), each in our own words.

Of each item: its number, its section, what it asks, and what only the authors can add, empty where nothing is. Numbers that begin with R
are of the reading, which that checklist has no items for.
"""

TITLE, AIM, DATA, TRUTH = "Title, abstract, introduction", "Study design", "Data", "Reference standard"
SPLIT, MODEL, TRAINING, EVALUATION = "Partitions and test data", "Model", "Training", "Evaluation"
RESULTS, DISCUSSION, OTHER, READING = "Results", "Discussion", "Other", "Reading (beside CLAIM)"

ITEMS = (
    ("1", TITLE, "which kind of AI the study is of", "say it in the title or abstract"),
    ("2", TITLE, "design, methods, results and conclusions in short", "the abstract"),
    ("3", TITLE, "what is known already, and what the method is meant for", "background and intended use"),
    ("4", TITLE, "aims and hypotheses", "the aims in words, and which results were expected"),
    (
        "5",
        AIM,
        "whether data were collected before or after the study was planned",
        "prospective or retrospective, and the ethics approval",
    ),
    ("6", AIM, "the kind of study, such as feasibility or comparison", "its goal"),
    ("7", DATA, "where the data come from", "institution, dates, and access"),
    ("8", DATA, "who and what was let in", "clinical criteria, setting, and how subjects were found"),
    ("9", DATA, "what was done to the images before the model saw them", ""),
    ("10", DATA, "which part of the data was used", ""),
    ("11", DATA, "how identities were removed", "how, and who did it"),
    ("12", DATA, "what became of missing data", "data that never reached the project"),
    ("13", DATA, "how images were acquired", "scanner, protocol, reconstruction"),
    ("14", TRUTH, "how truth is known", ""),
    ("15", TRUTH, "why that truth and not another", "why it fits the question"),
    ("16", TRUTH, "who set the labels, with which training", "who gave each subject its group, and by which criteria"),
    ("17", TRUTH, "how the test images got theirs", ""),
    ("18", TRUTH, "how far those who judge agree, with each other and with themselves", "what was done about disagreement"),
    ("19", SPLIT, "how data were divided", ""),
    ("20", SPLIT, "at which level the parts share nothing", ""),
    ("21", SPLIT, "how many test images were planned, and why so many", "why this number"),
    ("22", MODEL, "the model, so that it can be built again", ""),
    ("23", MODEL, "software and its versions", ""),
    ("24", MODEL, "what the weights started from", ""),
    ("25", TRAINING, "how it was trained, with every number", "the hardware"),
    ("26", TRAINING, "how the final model was chosen", ""),
    ("27", TRAINING, "whether several models were combined", ""),
    ("28", EVALUATION, "what is measured", "which of these is the main endpoint"),
    ("29", EVALUATION, "tests, intervals and corrections", ""),
    ("30", EVALUATION, "how far results hold under other conditions", "other seeds, other scanners, other readers"),
    ("31", EVALUATION, "how decisions are explained", "what readers or the model went by"),
    ("32", EVALUATION, "the test on data of the same source", ""),
    ("33", EVALUATION, "the test on data of another source", "another site, or why there is none"),
    ("34", EVALUATION, "registration as a trial", "number and registry, or that it is none"),
    ("35", RESULTS, "how many subjects and images came in and fell out", "who was left out and why, as a flow chart"),
    ("36", RESULTS, "who they are, in each part of the data", "age, sex and clinical features by part"),
    ("37", RESULTS, "performance with its uncertainty", ""),
    ("38", RESULTS, "diagnostic performance with its precision", ""),
    ("39", RESULTS, "what went wrong, and in which cases", "what the wrongly judged images look like"),
    ("40", DISCUSSION, "limits of the study", "limits that lie outside these files"),
    ("41", DISCUSSION, "what follows for practice", "the implications"),
    ("42", OTHER, "where the full protocol is", "a public address of it"),
    ("43", OTHER, "whether software, models and data can be had", "public addresses and licences"),
    ("44", OTHER, "who paid, and what they had a say in", "funding and roles"),
    ("R1", READING, "who reads", "speciality and years of experience of each reader"),
    ("R2", READING, "what each reader is shown", "what readers were told beforehand, and the display"),
    ("R3", READING, "practice", ""),
    ("R4", READING, "what is asked beside real or created", "the time limit, where there was one"),
)
