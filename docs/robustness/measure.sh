#!/usr/bin/env bash
# What each technique does to robustness: trains every row with three seeds and measures each run, then prints the tables of
# docs/robustness.md. What is done already is not done again.
#   docs/robustness/measure.sh mnist data/mnist FOLDER
#   docs/robustness/measure.sh cifar10 data/cifar10 FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=$1 data=$2 folder=$3
mkdir -p "$folder"

row() {
  local technique=$1 run seed images
  shift
  for seed in 1 2 3; do
    run=$folder/$technique-$seed
    [ -f "$run.robust.json" ] && continue
    [ -f "$run/result.json" ] || pare train "$here/$name.yaml" --data "$data" --seed "$seed" --out "$run" "$@"
    images=10000
    [ "$name" = cifar10 ] && images=2500
    pare eval "$run" --data "$data" --robust --images "$images" --sections corruptions,shifts,calibration,flatness,attacks \
      --out "$run.part.json"
    mv "$run.part.json" "$run.robust.json"
  done
}

row baseline
row squeeze_excite --set 'model.surgery=[squeeze_excite]'
row cyclical --set training.schedule=cyclical
row swa --set techniques.swa=true
row gaussian_noise --set "techniques.gaussian_noise=$([ "$name" = mnist ] && echo 0.1 || echo 0.05)"
row trivial_augment --set techniques.trivial_augment=true
row augmix --set techniques.augmix=true
if [ "$name" = mnist ]; then
  row blur_pool --set 'model.surgery=[blur_pool]'
  row mixup --set techniques.mixup=0.1
  row cutout --set techniques.cutout=6
  row label_smoothing --set techniques.label_smoothing=0.05
  row sam --set techniques.sam=0.02
  row adversarial --set 'techniques.adversarial_training={epsilon: 0.1, share: 0.5}'
else
  row blur_pool --set 'model.surgery=[{blur_pool: {convolutions: true}}]'
  row mixup --set techniques.mixup=0.2
  row cutout --set techniques.cutout=8
  row label_smoothing --set techniques.label_smoothing=0.1
  row sam --set techniques.sam=0.05
  row adversarial --set 'techniques.adversarial_training={share: 0.5}'
fi

dotnet run -c Release --project "$here/../../benchmarks/Pare.Benchmarks" -- robustness "$folder" "$here/$name.csv"
