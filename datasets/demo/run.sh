#!/bin/sh
# The demo's main job: evaluate the four demo models and say where the reports are.
# usage: run.sh ASSAY DEMO_FOLDER    (DEMO_FOLDER/data holds the data sets that prepare.sh made)
set -eu
assay=$1
demo=$2
configs=$(dirname "$0")/../../configs
# The whole test set takes minutes; the first 1,000 images show everything. DEMO_LIMIT=10000 runs all.
limit=${DEMO_LIMIT:-1000}

for name in fashion fashion_adversarial; do
    echo "== demo_$name: first $limit test images"
    "$assay" run "$configs/demo_$name.json" -o "$demo/$name" --force --limit "$limit" --data "$demo/data/fashion_test.h5"
done
echo "== demo_hmda: mortgage decisions, fairness by race and marital status"
"$assay" run "$configs/demo_hmda.json" -o "$demo/hmda" --force --data "$demo/data/hmda_test.h5"
echo "== demo_words: English or German, letters exchanged"
"$assay" run "$configs/demo_words.json" -o "$demo/words" --force --data "$demo/data/words_test.h5"

echo
echo "Reports: $demo/fashion/report.json $demo/fashion_adversarial/report.json $demo/hmda/report.json $demo/words/report.json"
echo "Pages:   $demo/fashion/report.html $demo/fashion_adversarial/report.html $demo/hmda/report.html $demo/words/report.html (open in a browser)"
